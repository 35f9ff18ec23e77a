"""SQL source files: statements that declare tables, views and flows, served by the same API as Python."""

from dlt_local.sql_files.declarations import declare_file

__all__ = ["declare_file"]
