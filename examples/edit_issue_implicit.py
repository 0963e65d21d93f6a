"""Edit issues by operations on what is there, such as one label more and one less: the implicit way.

Needs an API token of an account that may edit the issues. Adding what is there and removing what is not does nothing,
so that a second run is safe; a comment that the issue has already is left out.

    python edit_issue_implicit.py --sandbox
    python edit_issue_implicit.py ENG-1 ENG-2 --add-label urgent --remove-label backend
        --comment "Please look **today**."
"""

import sys

from atlassian_cloud import Jira, Markdown, adf, script
from atlassian_cloud.jira import editing
from atlassian_cloud.jira.editing import Add, Remove


def comments(jira: Jira, key: str) -> list[str]:
    return [adf.to_text(one.to_dict()["body"]).strip() for one in jira.issues.comments.list(key)]


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("issue", nargs="+", help="keys or ids of the issues")
    parser.add_argument("--add-label", metavar="LABEL", action="append", default=[], help="may be repeated")
    parser.add_argument("--remove-label", metavar="LABEL", action="append", default=[], help="may be repeated")
    parser.add_argument("--comment", metavar="TEXT", help="Markdown")
    options = parser.read()
    labels: list[editing.Operation] = [Add("labels", label) for label in options.add_label]
    labels += [Remove("labels", label) for label in options.remove_label]
    if not (labels or options.comment):
        parser.error("name at least one operation")
    text = adf.to_text(adf.from_markdown(options.comment)).strip() if options.comment else ""
    with script.connect(Jira, options) as jira, script.Tally("issues") as tally:
        for key in options.issue:
            with tally.item(key):
                wanted = bool(text) and text not in comments(jira, key)
                more = [Add("comment", {"body": Markdown(options.comment)})] if wanted else []
                if labels or more:
                    editing.edit(jira, key, update=[*labels, *more])
                now = jira.issues.get(key, fields=["labels"])["fields"]["labels"]
                print(f"{key}: labels {', '.join(now) or 'none'}{', one comment more' if more else ''}")
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
