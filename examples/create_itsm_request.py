"""Raise a customer request in a service desk; what the request type requires is checked before.

Needs an API token of an account that may raise requests; for somebody else, of an agent. An open request with the same
summary that you raised is left as it is, so that a second run raises no second one.

    python create_itsm_request.py --sandbox
    python create_itsm_request.py HELP "Get IT help" --field summary="New keyboard"
        --field description="The old one lost its E."
"""

import sys

from atlassian_cloud import Jira, ServiceManagement, script
from atlassian_cloud.jira import editing


def chosen(name: str, what: str, there: dict[str, str]) -> str:
    if name not in there:
        raise script.SetupError(f"no {what} {name!r}; there are: {', '.join(there)}")
    return there[name]


@script.command
def main() -> int:
    parser = script.Parser(__doc__)
    parser.add_argument("project", help="key of the service desk's project")
    parser.add_argument("type", help="name of the request type")
    told = """id of a field and its value: text for a field of text, otherwise JSON if it is that, such as
        'priority={"name": "High"}'; may be repeated"""
    parser.add_argument("--field", metavar="ID=VALUE", type=script.field, action="append", default=[], help=told)
    parser.add_argument("--for", metavar="WHO", dest="customer", help="on behalf of this email address or account id")
    options = parser.read()
    customer, given = options.customer, {one[0]: one for one in options.field}
    with script.connect(ServiceManagement, options) as client:
        desks = {str(one.project_key): str(one.id) for one in client.service_desks.list()}
        desk = chosen(options.project, "service desk", desks)
        types = client.service_desks.request_types
        kind = chosen(options.type, "request type", {str(one.name): str(one.id) for one in types.list(desk)})
        fields = types.get_fields(desk, kind).to_dict()["requestTypeFields"]
        required = {one["fieldId"]: one["name"] for one in fields if one["required"] and one["fieldId"] not in given}
        if required:
            raise script.SetupError(f"required: {', '.join(f'{id} ({name})' for id, name in required.items())}")
        texts = {one["fieldId"] for one in fields if one["jiraSchema"]["type"] == "string"}
        # A summary of 2024 is no number.
        values = {id: one.typed if id in texts and not isinstance(one[1], str) else one[1] for id, one in given.items()}
        if customer and "@" in customer:
            with script.connect(Jira, options) as jira:
                customer = str(editing.find_user(jira, customer).account_id)
        for request in client.requests.list(request_ownership=["OWNED_REQUESTS"], request_status="OPEN_REQUESTS"):
            there = {one["fieldId"]: one["value"] for one in request.to_dict()["requestFieldValues"]}
            reporter = request.reporter.account_id if request.reporter else None
            if there.get("summary") == values.get("summary") and customer in (None, reporter):
                print(f"{request.issue_key} is open already")
                return script.WELL
        made = client.requests.create(
            service_desk_id=desk, request_type_id=kind, request_field_values=values, raise_on_behalf_of=customer
        )
        print(f"{made.issue_key} was raised")
    return script.WELL


if __name__ == "__main__":
    sys.exit(main())
