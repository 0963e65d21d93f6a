"""Find the Jira users with given email addresses.

Needs an API token of an account that may browse users. Addresses that people hide can be searched for, but do not come
back: such a user is told with a question mark. Exit code 1 if an address is nobody's.

    python -m atlassian_cloud.sandbox run search_user_by_email.py vera.mars@acme.example olga.admin@acme.example
"""

from __future__ import annotations

import argparse
import sys

from atlassian_cloud import AtlassianError, Jira


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("email", nargs="+")
    options = parser.parse_args()
    failed = 0
    with Jira() as jira:
        for email in options.email:
            try:
                users = jira.users.search(query=email).to_list()
            except AtlassianError as fault:
                failed += 1
                print(f"{email}: {fault}", file=sys.stderr)
                continue
            exact = [user for user in users if (user.email_address or "").lower() == email.lower()]
            hidden = [user for user in users if not user.email_address]
            for user in exact or hidden:
                state = "active" if user.active else "inactive"
                print(f"{email}\t{user.account_id}\t{user.display_name}\t{state}{'' if exact else ' ?'}", flush=True)
            if not (exact or hidden):
                failed += 1
                print(f"{email}: nobody", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
