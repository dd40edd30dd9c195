"""The path in the URL of a stream that the user defines."""

import re

from crm_source.door.texts import odd_characters, shown


def problem_of_path(path: str) -> str:
    """Why nothing can be asked by a path; "" when it can. The stream of the table has a path of its own."""
    if odd := odd_characters(path, is_key=False):
        return f"has {odd}"
    if found := re.search(r"\$?\{[^}]*\}?|\}", path):
        return (
            f"nothing fills in {shown(found[0])}: the path must be written out, and placeholders of the platform, such "
            "as ${gmtDate:yyyy-MM-dd}, come after the ?"
        )
    if found := re.search(r"[\s#\\]", path):
        return f"the path must not have {shown(found[0])}"
    if ".." in path.split("/"):
        return "the path must not have a part .."
    return ""
