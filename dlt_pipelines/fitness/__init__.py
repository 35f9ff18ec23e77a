"""What the fitness numbers mean: DataFrames and Columns in, DataFrames and Columns out; no pipeline, no runtime."""
