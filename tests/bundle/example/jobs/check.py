"""Checks a day, or a table."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("--day", required=True)
parser.add_argument("--table", default="")
parser.parse_args()
