"""Renders a dashboard of a workspace (`.lvdash.json`) from local tables into one HTML page that needs no network."""
