"""Raise a customer request in a service desk; what the request type requires is checked before.

Needs an API token of an account that may raise requests. An open request of yours with the same summary is left as it
is, so that a second run raises no second one.

    python -m atlassian_cloud.sandbox run create_itsm_request.py HELP "Get IT help" --field summary="New keyboard"
        --field description="The old one lost its E."
"""

from __future__ import annotations

import argparse
import sys

from atlassian_cloud import AtlassianError, ServiceManagement


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", help="key of the service desk's project")
    parser.add_argument("type", help="name of the request type")
    parser.add_argument("--field", metavar="ID=VALUE", action="append", default=[], help="may be repeated")
    parser.add_argument("--for", metavar="ACCOUNT", dest="customer", help="raise it on behalf of this account id")
    options = parser.parse_args()
    values = dict(field.split("=", 1) for field in options.field)
    with ServiceManagement() as desk:
        desks = {one.project_key: str(one.id) for one in desk.service_desks.list()}
        if options.project not in desks:
            sys.exit(f"no service desk {options.project}; there are: {', '.join(map(str, desks))}")
        desk_id = desks[options.project]
        types = {one.name: str(one.id) for one in desk.service_desks.request_types.list(desk_id)}
        if options.type not in types:
            sys.exit(f"no request type {options.type!r}; there are: {', '.join(map(str, types))}")
        fields = desk.service_desks.request_types.get_fields(desk_id, types[options.type]).to_dict()[
            "requestTypeFields"
        ]
        if missing := [
            f"{one['fieldId']} ({one['name']})" for one in fields if one["required"] and one["fieldId"] not in values
        ]:
            sys.exit(f"required: {', '.join(missing)}")
        for request in desk.requests.list(request_ownership=["OWNED_REQUESTS"], request_status="OPEN_REQUESTS"):
            told = {one["fieldId"]: one["value"] for one in request.to_dict()["requestFieldValues"]}
            if values.get("summary") == told.get("summary"):
                print(f"{request.issue_key} is open already")
                return 0
        made = desk.requests.create(
            service_desk_id=desk_id,
            request_type_id=types[options.type],
            request_field_values=values,
            raise_on_behalf_of=options.customer,
        )
        print(f"{made.issue_key} was raised")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AtlassianError, OSError) as fault:
        sys.exit(str(fault))
    except KeyboardInterrupt:
        sys.exit(130)
