"""Find the Jira users with given email addresses.

Needs an API token of an account that may browse users. Addresses that people hide can be searched for, but do not come
back: such a user is told with a question mark. Exit code 1 if an address is nobody's.

    python search_user_by_email.py --sandbox
    python search_user_by_email.py vera.mars@acme.example olga.admin@acme.example
"""

import sys

from atlassian_cloud import Jira, script
from atlassian_cloud.jira import editing


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("email", nargs="+", help="email addresses; account ids work too")
    options = parser.read()
    with script.connect(Jira, options) as jira, script.Tally("addresses") as tally:
        for email in options.email:
            with tally.item(email):
                user = editing.find_user(jira, email)
                state = "active" if user.active else "inactive"
                print(email, user.account_id, user.display_name, state + ("" if user.email_address else " ?"), sep="\t")
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
