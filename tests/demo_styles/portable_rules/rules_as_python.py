# `spark` and `dlt` exist only while a pipeline runs.
# mypy: ignore-errors
def get_rules_as_list_of_dict():
    return [
        {"name": "year_known", "constraint": "year IS NOT NULL", "tag": "freshness"},
        {"name": "year_recent", "constraint": "year >= 2020", "tag": "freshness"},
    ]
