"""The rules of names in `catalog/README.md`, over the whole catalog. What departs from a rule stands in a table with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from contract.facts import BY_NAME, CATALOGS, OPERATIONS, Json, Operation, models

# A newer and an older version of one API share their names: rules are tried once.
CURRENT = [operation for operation in OPERATIONS if not operation.name.startswith("jira.v2.")]
FULL_NAMES = {operation.name for operation in CURRENT}

# Services whose name is no plural. One thing of its kind, what cannot be counted, or a word that only leads to others.
SINGULAR = {
    "one of its kind": {
        *("addon", "admin_key", "alert_filter", "announcement_banner", "branching_model", "classification_level"),
        *("default_classification_level", "directory", "email", "license", "look_and_feel", "mapping", "myself"),
        *("retention", "service_provider_config", "service_registry", "ssh_key_pair", "theme", "user"),
    },
    "not to be counted": {
        *("activity", "audit", "backlog", "config", "content", "create_metadata", "custom_content", "feedback"),
        *("history", "info", "jec", "jql", "knowledge_base", "oidc", "related_work", "server_info", "sharing", "sla"),
        *("source", "timeline", "time_tracking", "usage"),
    },
    "work that is done with many things": {
        *("bulk", "connect_migration", "development", "migration", "search", "transition", "validation"),
    },
    "which of the things named before": {"external", "footer", "inline"},
    "only leads on": {"control", "scim", "security", "v1", "v2"},
    "irregular plural": {"children"},
}

READING = {
    *("check", "convert", "count", "download", "evaluate", "export", "filter", "get", "list", "match", "parse", "pick"),
    *("preview", "sanitize", "search", "suggest", "validate", "view"),
}
MAKING = {"add", "clone", "copy", "create", "duplicate", "fork", "generate", "import", "register", "submit", "upload"}
CHANGING = {
    *("assign", "change", "configure", "edit", "make", "merge", "move", "patch", "rank", "redact", "reorder"),
    *("replace", "save", "select", "set", "swap", "switch", "toggle", "transition", "update"),
}
ENDING = {
    *("cancel", "deactivate", "decline", "delete", "disable", "purge", "remove", "reset", "revoke", "suspend"),
    *("trash", "unacknowledge", "unapprove", "unlink", "unpublish", "unrequest", "unsubscribe", "unvote", "unwatch"),
}
DOING = {
    *("acknowledge", "activate", "analyse", "answer", "approve", "archive", "attach", "close", "enable", "escalate"),
    *("invite", "link", "notify", "perform", "ping", "publish", "recover", "refresh", "reopen", "report", "request"),
    *("resend", "resolve", "restore", "run", "send", "snooze", "start", "stop", "subscribe", "unarchive", "vote"),
    *("watch",),
}
VERBS = READING | MAKING | CHANGING | ENDING | DOING

# Methods that begin with no verb.
NO_VERB = {
    "admin.control.auth_policies.for_users": "Names given before there were rules; programs use them.",
    "admin.control.auth_policies.task": "The same.",
    "admin.organizations.directories.groups.role_assignments": "The same.",
    "admin.organizations.directories.groups.stats": "The same.",
    "admin.organizations.directories.users.role_assignments": "The same.",
    "admin.organizations.directories.users.stats": "The same.",
    "admin.organizations.events.actions": "The same.",
    "admin.organizations.events.stream": "The same.",
    "admin.organizations.users.last_active_dates": "The same.",
    "admin.scim.resource_types.group": "The same.",
    "admin.scim.resource_types.user": "The same.",
    "admin.scim.schemas.enterprise_user": "The same.",
    "admin.scim.schemas.group": "The same.",
    "admin.scim.schemas.user": "The same.",
    "admin.users.permissions": "The same.",
    "confluence.v1.search.content": "The service is the verb.",
    "confluence.v1.search.users": "The service is the verb.",
}

# Services with two methods that elsewhere are one.
TWO_DEEDS = {
    "fields.app_options": "`replace` puts another option into issues, `set` changes the option itself.",
    "v2.fields.app_options": "The same.",
}

# A GET that does something.
GET_THAT_ACTS = {
    "service_management.ops.teams.heartbeats.ping": "Atlassian takes the sign of life by GET as well.",
}

# A DELETE that does not end anything by its name.
DELETE_THAT_DOES_NOT = {
    "bitbucket.repositories.pullrequests.comments.reopen": "What is deleted is the mark that a thread is resolved.",
    "jira.fields.app_options.replace": "What is deleted is the use of an option; another may take its place.",
    "jira.fields.contexts.options.replace": "The same.",
}

# Reads that answer pages, or a list, and are called otherwise.
NOT_CALLED_A_LIST = {
    "assets.objects.filter": "Atlassian's word; `search` is the newer operation.",
    "jira.filters.columns.get": "Columns are got, set and reset as a whole.",
    "jira.settings.columns.get": "The same.",
    "jira.users.columns.get": "The same.",
    "jira.priorities.schemes.suggest_mappings": "Suggestions, even if they come in pages.",
}
# Called a list, though nobody says that the answer holds one: its documents give it no shape.
SHAPELESS = {
    "admin.service_accounts.oauth_clients.list",
    "admin.service_accounts.oauth_clients.list_all",
    "admin.service_accounts.tokens.list",
    "admin.service_accounts.tokens.list_all",
    "agile.boards.projects.list_static",
    "confluence.v1.content.properties.list",
    "confluence.v1.content.versions.list",
    "confluence.v1.spaces.list",
    "service_management.ops.alerts.attachments.list",
    "service_management.ops.status_pages.subscribers.list_for_item",
    "service_management.ops.syncs.action_groups.list",
}

# Models that end in `Page` because they are about pages of Confluence and the like.
PAGES_TO_READ = {
    "confluence": {"ChildPage", "MovedPage", "Page"},
    "jira": {"ProjectLandingPage"},
    "service_management": {"OpsStatusPage"},
}

# Parameters whose Python name is another than the wire's, by the reason.
RENAMED = {
    "what Python has taken, or what says more": {
        ("async", "in_background"),
        ("continue", "continue_policies"),
        ("from", "from_time"),
        ("from", "since"),
        ("to", "to_time"),
        ("to", "until"),
    },
    "a form in which files are called by their paths, and paths to delete are files too": {
        ("*", "files"),
        ("files", "delete"),
    },
    "the path has a parameter of this name": {
        ("boardId", "body_board_id"),
        ("id", "body_id"),
        ("id", "level_id"),
        ("id", "new_id"),
        ("id", "responder_id"),
        ("id", "role_id"),
        ("id", "state_id"),
        ("issueIdOrKey", "new_issue_id_or_key"),
        ("issueType", "new_issue_type"),
        ("keys", "property_keys"),
        ("status", "page_status"),
        ("token", "token_text"),
        ("workspace", "target_workspace"),
    },
    "no name at all, or one that tells too little": {
        ("$schema", "json_schema"),
        ("X-ExperimentalApi", "opt_in"),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "enterprise"),
    },
    "takes several": {("accountId", "account_ids"), ("file", "files")},
    "spelt as everywhere else": {
        ("favouriteUserKey", "favorite_user_key"),
        ("orderby", "order_by"),
        ("precomputationIDs", "precomputation_ids"),
    },
}

# Words in which documents speak of their own code.
JARGON = re.compile(r"_|Bean|(Dto|DTO|Entity|Json|JSON|Pojo|Representation|Response|VO)$")


def verb(operation: Operation) -> str:
    return str(operation.facts["name"]).partition("_")[0]


def singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("ches", "sses", "uses", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def holds_list(product: str, ty: Any) -> bool:
    """Whether an answer is a list, or an object with one."""
    if not isinstance(ty, dict):
        return False
    ((kind, inner),) = ty.items()
    return kind != "model" or any(
        isinstance(field["ty"], dict) and not field["ty"].keys() & {"model"}
        for field in models(product)[inner]["fields"]
    )


def inner(model: Json, product: str) -> list[Json]:
    """The fields of the models right inside of one."""
    return [deep for held in within(model, product) for deep in held["fields"]]


def within(model: Json, product: str) -> list[Json]:
    types = [field["ty"] for field in model["fields"] if isinstance(field["ty"], dict)]
    return [models(product)[ty["model"]] for ty in types if "model" in ty]


def is_list(ty: Any) -> bool:
    return isinstance(ty, dict) and "list" in ty


def test_names_that_are_promised() -> None:
    assert {
        "admin.users.get",
        "bitbucket.repositories.pullrequests.merge",
        "confluence.pages.create",
        "confluence.v1.content.get",
        "jira.issues.comments.add",
        "jira.issues.get",
        "jira.issues.search",
        "jira.projects.versions.list",
    } <= BY_NAME.keys()


def test_services_are_plural() -> None:
    words = {
        word
        for catalog in CATALOGS.values()
        for service in catalog["facts"]["services"]
        for word in service["path"].split(".")
        if not word.endswith("s")
    }
    known = [word for group in SINGULAR.values() for word in group]
    assert len(known) == len(set(known))
    assert words == set(known)


def test_methods_begin_with_a_verb() -> None:
    assert {operation.name for operation in CURRENT if verb(operation) not in VERBS} == NO_VERB.keys()
    assert VERBS - {verb(operation) for operation in CURRENT} == set()


def test_no_method_repeats_the_noun_of_its_service() -> None:
    repeating = []
    for operation in CURRENT:
        noun = operation.service_facts["path"].rpartition(".")[2]
        told = f"_{operation.facts['name']}_"
        if f"_{noun}_" in told or f"_{singular(noun)}_" in told:
            repeating.append(operation.name)
    assert repeating == []


@pytest.mark.parametrize("two", [{"add", "create"}, {"delete", "remove"}, {"replace", "set"}])
def test_one_word_for_one_deed(two: set[str]) -> None:
    both = [
        service["path"]
        for catalog in CATALOGS.values()
        for service in catalog["facts"]["services"]
        if two <= {operation["name"] for operation in service["operations"]} and service["path"] not in TWO_DEEDS
    ]
    assert both == []


def test_a_get_reads() -> None:
    acting = {o.name for o in CURRENT if o.method == "GET" and verb(o) in VERBS - READING}
    assert acting == GET_THAT_ACTS.keys()


def test_what_reads_may_be_sent_twice() -> None:
    # An export may be a piece of work that is started.
    reading = READING - {"export", "convert"}
    assert [o.name for o in CURRENT if o.method == "POST" and verb(o) in reading and not o.facts["idempotent"]] == []


def test_a_delete_ends_something() -> None:
    others = {o.name for o in CURRENT if o.method == "DELETE" and verb(o) not in ENDING}
    assert others == DELETE_THAT_DOES_NOT.keys()


def test_what_answers_a_list_is_called_so() -> None:
    others = set()
    for operation in CURRENT:
        name = operation.facts["name"]
        if operation.name in NO_VERB or verb(operation) not in READING:
            continue
        # Several things that were asked for: `get_many`, `get_emails`.
        several = name.startswith("get_many") or (verb(operation) == "get" and name.endswith("s"))
        if (operation.paging or is_list(operation.facts["returns"])) and not (
            several or verb(operation) in ("list", "search")
        ):
            others.add(operation.name)
    assert others == NOT_CALLED_A_LIST.keys()


def test_what_is_called_a_list_answers_one() -> None:
    others = {
        operation.name
        for operation in CURRENT
        if verb(operation) in ("list", "search")
        and not operation.paging
        and not holds_list(operation.product, operation.facts["returns"])
    }
    assert others == SHAPELESS


@pytest.mark.parametrize("ending", ["_with_body", "_async", "_v1"])
def test_a_variant_has_the_plain_name_beside_it(ending: str) -> None:
    variants = [name for name in FULL_NAMES if name.endswith(ending)]
    assert variants
    assert [name for name in variants if name.removesuffix(ending) not in FULL_NAMES] == []


def test_many_is_the_word() -> None:
    methods = {operation.facts["name"] for operation in CURRENT}
    assert [name for name in methods if re.search(r"(^|_)(bulk|batch|multiple|multi)(_|$)", name)] == []


def test_versions_are_prefixes() -> None:
    for operation in OPERATIONS:
        older = operation.name.partition(".")[2].startswith(("v1.", "v2."))
        if operation.product == "confluence":
            assert older == (not operation.path.startswith("/wiki/api/v2/")), operation.name
        elif operation.product == "jira":
            assert older == operation.path.startswith("/rest/api/2/"), operation.name
        else:
            assert not older, operation.name


def snake(key: str) -> str:
    key = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", key)
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", key).lower()).strip("_")


def test_parameters_are_the_wires_words_in_snake_case() -> None:
    others = {
        (param["key"], param["name"])
        for operation in OPERATIONS
        for param in operation.params
        if param["place"] != "wholebody" and param["name"].removesuffix("_") != snake(param["key"])
    }
    known = [pair for group in RENAMED.values() for pair in group]
    assert len(known) == len(set(known))
    assert others == set(known)


@pytest.mark.parametrize("product", CATALOGS)
def test_fields_are_the_wires_words_in_lower_case(product: str) -> None:
    for model in models(product):
        for field in model["fields"]:
            assert field["name"] == field["name"].lower(), f"{model['name']}.{field['name']}"


@pytest.mark.parametrize("product", CATALOGS)
def test_models_are_named_for_people(product: str) -> None:
    names = [model["name"] for model in models(product)]
    assert [name for name in names if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name) or JARGON.search(name)] == []


@pytest.mark.parametrize("product", CATALOGS)
def test_a_page_is_a_page(product: str) -> None:
    known = PAGES_TO_READ.get(product, set())
    called = {model["name"]: model for model in models(product) if model["name"].endswith("Page")}
    assert known <= called.keys()
    for name in called.keys() - known:
        assert any(is_list(field["ty"]) for field in called[name]["fields"] + inner(called[name], product)), name
    for operation in OPERATIONS:
        returned = operation.facts["returns"]
        if operation.product == product and operation.paging and not is_list(returned):
            model = models(product)[returned["model"]]
            # Some wrap the page.
            names = {model["name"], *(held["name"] for held in within(model, product))}
            assert names & (called.keys() - known), operation.name


def texts() -> Iterator[tuple[str, str, str]]:
    """Every text of the catalog: its product, where it stands, what it says."""
    for product, catalog in CATALOGS.items():
        facts, prose = catalog["facts"], catalog["prose"]
        yield product, product, prose["summary"]
        for setting in (*facts["credentials"], *facts["contexts"]):
            yield product, setting["argument"], setting["obtain"]
        for service, words in zip(facts["services"], prose["services"], strict=True):
            yield product, service["path"], words["summary"]
        for model, words in zip(facts["models"], prose["models"], strict=True):
            yield product, model["name"], words["summary"]
            for field, text in zip(model["fields"], words["fields"], strict=True):
                yield product, f"{model['name']}.{field['name']}", text
    for operation in OPERATIONS:
        hints = [hint for _, hint in operation.facts["hints"]]
        for text in (operation.prose["summary"], operation.prose["details"], *hints, *operation.prose["params"]):
            yield operation.product, operation.name, text


# Code in texts that looks like the name of an operation and is none.
NO_REFERENCE = {"asApp()", "jira.issue.editable", "urllib.parse.urlencode(fields, doseq=True).encode()"}


def test_texts_name_operations_that_exist() -> None:
    services = {f"{product}.{s['path']}" for product, catalog in CATALOGS.items() for s in catalog["facts"]["services"]}
    methods = {operation.facts["name"] for operation in OPERATIONS}
    wrong, seen = [], 0
    for product, where, text in texts():
        for code in re.findall(r"`([^`]+)`", text):
            found = re.fullmatch(r"([a-z]\w*(?:\.\w+)*)(\(.*\))?(?:\.\w+)*", code)
            if not found or code in NO_REFERENCE:
                continue
            name, call = found.groups()
            head, _, _ = name.partition(".")
            full = name if head in CATALOGS else f"{product}.{name}"
            if "." not in name:
                # A word alone is a method of the same service.
                full = f"{where.rpartition('.')[0]}.{name}"
                if not call:
                    continue
            elif not (call or head in CATALOGS or name.rpartition(".")[2] in methods):
                continue
            seen += 1
            if full not in BY_NAME and (call or full not in services):
                wrong.append((where, code))
    assert wrong == []
    assert seen > 300


def test_texts_of_an_operation_name_methods_beside_it() -> None:
    methods = {operation.facts["name"] for operation in OPERATIONS if "_" in operation.facts["name"]}
    beside: dict[str, set[str]] = {}
    for operation in OPERATIONS:
        beside.setdefault(operation.name.rpartition(".")[0], set()).add(operation.facts["name"])
    words = {param["name"] for operation in OPERATIONS for param in operation.params}
    words |= {
        field[of]
        for product in CATALOGS
        for model in models(product)
        for field in model["fields"]
        for of in ("name", "key")
    }
    wrong = [
        (where, code)
        for _, where, text in texts()
        if where in BY_NAME
        for code in re.findall(r"`(\w+)`", text)
        if code in methods - words - beside[where.rpartition(".")[0]]
    ]
    assert wrong == []
