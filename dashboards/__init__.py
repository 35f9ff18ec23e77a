"""The dashboards of the bundle: their pages and widgets in Python, their data sets in SQL files.

`python -m dashboards` writes the `.lvdash.json` files that are deployed.
"""
