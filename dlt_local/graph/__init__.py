"""From definitions to a graph of data sets, by evaluating the queries against schemas."""
