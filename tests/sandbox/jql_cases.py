"""Queries in JQL over the demo site, each with what it must find: a condition in Python over what the API says of every issue."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

OLGA = "557058:0d7c9a3e-52b1-4f86-a0e4-7b1c2d3e4f50"
VERA = "5e5f6a63157ed50cd2b9eaca"
NOW = datetime.now(timezone.utc)
TODAY = NOW.date()
DAY = timedelta(days=1)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.utc)


def moment(text: str | None) -> datetime | None:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z") if text else None


def plain(document: Any) -> str:
    """The text of a document in ADF."""
    if not document:
        return ""
    own: str = document.get("text", "")
    return own + " ".join(plain(part) for part in document.get("content", []))


def words(*texts: str) -> list[str]:
    return re.findall(r"\w+", " ".join(texts).lower())


class Issue:
    """One issue, read through the API."""

    def __init__(self, raw: dict[str, Any], watchers: set[str], voters: set[str]) -> None:
        fields = raw["fields"]
        self.fields = fields
        self.key: str = raw["key"]
        self.id = int(raw["id"])
        self.project, number = self.key.split("-")
        self.number = int(number)
        self.properties: dict[str, Any] = raw.get("properties", {})
        self.type: str = fields["issuetype"]["name"]
        self.level: int = fields["issuetype"]["hierarchyLevel"]
        self.status: str = fields["status"]["name"]
        self.category: str = fields["status"]["statusCategory"]["name"]
        self.priority: str = fields["priority"]["name"]
        # 1 is the highest.
        self.urgency = -int(fields["priority"]["id"])
        self.resolution: str | None = (fields["resolution"] or {}).get("name")
        self.assignee, self.reporter, self.creator = (
            (fields[role] or {}).get("accountId") for role in ("assignee", "reporter", "creator")
        )
        self.assignee_name: str | None = (fields["assignee"] or {}).get("displayName")
        self.summary: str = fields["summary"]
        self.description = plain(fields["description"])
        self.environment = plain(fields["environment"])
        self.comments = [plain(comment["body"]) for comment in fields["comment"]["comments"]]
        self.labels: set[str] = set(fields["labels"])
        self.components = {component["name"] for component in fields["components"]}
        self.fix = [version["name"] for version in fields["fixVersions"]]
        self.affected = [version["name"] for version in fields["versions"]]
        self.created = moment(fields["created"]) or NOW
        self.updated = moment(fields["updated"]) or NOW
        self.resolved = moment(fields["resolutiondate"])
        self.category_changed = moment(fields["statuscategorychangedate"]) or NOW
        self.due = date.fromisoformat(fields["duedate"]) if fields["duedate"] else None
        self.parent: str | None = (fields.get("parent") or {}).get("key")
        self.original: int | None = fields["timeoriginalestimate"]
        self.remaining: int | None = fields["timeestimate"]
        self.spent: int | None = fields["timespent"]
        self.worklogs: list[dict[str, Any]] = fields["worklog"]["worklogs"]
        self.attachments: list[Any] = fields["attachment"]
        self.watchers, self.voters = watchers, voters
        self.changes: list[dict[str, Any]] = raw["changelog"]["histories"]
        self.sprints: list[dict[str, Any]] = self.custom(10020) or []
        self.sprint_ids = {sprint["id"] for sprint in self.sprints}

    def custom(self, number: int) -> Any:
        return self.fields.get(f"customfield_{number}")

    def option(self, number: int) -> str | None:
        return (self.custom(number) or {}).get("value")

    def options(self, number: int) -> set[str]:
        return {option["value"] for option in self.custom(number) or []}

    @property
    def points(self) -> float | None:
        points: float | None = self.custom(10016)
        return points

    @property
    def links(self) -> list[tuple[str, str]]:
        """Which way, and the key of the other end."""
        found = []
        for link in self.fields["issuelinks"]:
            way = "outward" if "outwardIssue" in link else "inward"
            found.append((link["type"][way], link[f"{way}Issue"]["key"]))
        return found

    def texts(self) -> list[str]:
        return [
            self.summary,
            self.description,
            self.environment,
            *self.comments,
            self.custom(10030) or "",
            plain(self.custom(10031)),
            self.custom(10051) or "",
            self.custom(10011) or "",
        ]


@dataclass(frozen=True)
class Site:
    """What the API says beside the issues."""

    groups: dict[str, set[str]]
    sprints: dict[int, str]
    issues: dict[str, Issue]


Condition = Callable[[Issue, Site], Any]


@dataclass(frozen=True)
class Case:
    jql: str
    condition: Condition
    count: int | None = None
    """Known from how the demo site is described, whatever the condition says."""
    some: bool = True
    """Some issues fit and some do not."""


def case(jql: str, condition: Callable[[Issue], Any], count: int | None = None, *, some: bool = True) -> Case:
    return Case(jql, lambda issue, site: condition(issue), count, some)


def in_site(jql: str, condition: Condition) -> Case:
    return Case(jql, condition)


def month_start(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    return (month_start(day) + 32 * DAY).replace(day=1)


def week_start(day: date) -> date:
    """The Sunday at or before a day."""
    return day - ((day.weekday() + 1) % 7) * DAY


PROJECTS = [
    case("project = ENG", lambda i: i.project == "ENG", 260),
    case("project = eng", lambda i: i.project == "ENG", 260),
    case("project = Website", lambda i: i.project == "WEB", 120),
    case("project = 10002", lambda i: i.project == "OPS", 60),
    case("project != ENG", lambda i: i.project != "ENG", 240),
    case("NOT project = ENG", lambda i: i.project != "ENG", 240),
    case("project in (WEB, HELP)", lambda i: i.project in ("WEB", "HELP"), 180),
    case('project not in (WEB, "IT Help", OPS)', lambda i: i.project == "ENG", 260),
    case("project is not EMPTY", lambda i: True, 500, some=False),
    case("project is EMPTY", lambda i: False, 0, some=False),
    case("category = Product", lambda i: i.project in ("ENG", "WEB"), 380),
    case("category in (Internal)", lambda i: i.project in ("OPS", "HELP"), 120),
    case("projectType = service_desk", lambda i: i.project == "HELP", 60),
    case("project in projectsLeadByUser()", lambda i: i.project == "HELP", 60),
    case(f'project in projectsLeadByUser("{VERA}")', lambda i: i.project in ("ENG", "WEB"), 380),
    case("project in projectsWhereUserHasRole(Administrators)", lambda i: True, 500, some=False),
    case('project in projectsWhereUserHasRole("Service Desk Team")', lambda i: i.project == "HELP", 60),
]

KEYS = [
    case("key = ENG-12", lambda i: i.key == "ENG-12", 1),
    case("issuekey = eng-12", lambda i: i.key == "ENG-12", 1),
    case("id = 11012", lambda i: i.key == "ENG-12", 1),
    case("issue in (ENG-1, WEB-1, OPS-1)", lambda i: i.key in ("ENG-1", "WEB-1", "OPS-1"), 3),
    case("key > ENG-250", lambda i: i.project == "ENG" and i.number > 250, 10),
    case("key >= ENG-250", lambda i: i.project == "ENG" and i.number >= 250, 11),
    case("key < WEB-5", lambda i: i.project == "WEB" and i.number < 5, 4),
    case("key <= WEB-5 AND key != WEB-2", lambda i: i.project == "WEB" and i.number <= 5 and i.number != 2, 4),
    case("project = OPS and key not in (OPS-1, OPS-2)", lambda i: i.project == "OPS" and i.number > 2, 58),
]

TYPES = [
    case("issuetype = Bug", lambda i: i.type == "Bug"),
    case("type = bug", lambda i: i.type == "Bug"),
    case("type in (Story, 10001)", lambda i: i.type in ("Story", "Epic")),
    case("type = Epic", lambda i: i.type == "Epic", 14),
    case('type != "Sub-task"', lambda i: i.type != "Sub-task"),
    case("type in standardIssueTypes()", lambda i: i.level >= 0),
    case("type in subtaskIssueTypes()", lambda i: i.type == "Sub-task"),
    case("type not in subtaskIssueTypes() AND project = ENG", lambda i: i.level >= 0 and i.project == "ENG"),
    case("hierarchyLevel = 1", lambda i: i.level == 1, 14),
    case("hierarchyLevel < 1", lambda i: i.level < 1, 486),
    case("type is EMPTY", lambda i: False, 0, some=False),
]

STATUSES = [
    case('status = "In Progress"', lambda i: i.status == "In Progress"),
    case("status = 10003", lambda i: i.status == "Done"),
    case("status != Done", lambda i: i.status != "Done"),
    case('status in ("To Do", "in review")', lambda i: i.status in ("To Do", "In Review")),
    case('status not in ("To Do", Done)', lambda i: i.status not in ("To Do", "Done")),
    case("statusCategory = Done", lambda i: i.category == "Done"),
    case("statusCategory = new", lambda i: i.category == "To Do"),
    case("statusCategory = 4", lambda i: i.category == "In Progress"),
    case('statusCategory in ("To Do", "In Progress")', lambda i: i.category != "Done"),
    case("statusCategory != Done", lambda i: i.category != "Done"),
    case("resolution = Done", lambda i: i.resolution == "Done"),
    case('resolution = "Won\'t Do"', lambda i: i.resolution == "Won't Do"),
    case("resolution != Done", lambda i: i.resolution not in (None, "Done")),
    case("NOT resolution = Done", lambda i: i.resolution not in (None, "Done")),
    case("resolution = EMPTY", lambda i: i.resolution is None),
    case("resolution = Unresolved", lambda i: i.resolution is None),
    case("resolution != Unresolved", lambda i: i.resolution is not None),
    case("resolution is not EMPTY", lambda i: i.resolution is not None),
    case("resolution in (EMPTY, Duplicate)", lambda i: i.resolution in (None, "Duplicate")),
    case("resolution not in (Duplicate, Done)", lambda i: i.resolution not in (None, "Duplicate", "Done")),
    case("priority = Highest", lambda i: i.priority == "Highest"),
    case("priority > Medium", lambda i: i.priority in ("High", "Highest")),
    case("priority >= Medium", lambda i: i.priority in ("Medium", "High", "Highest")),
    case("priority < 3", lambda i: i.priority in ("Low", "Lowest")),
    case("priority in (High, Low)", lambda i: i.priority in ("High", "Low")),
    case("priority != Medium", lambda i: i.priority != "Medium"),
]

PEOPLE = [
    case("assignee = currentUser()", lambda i: i.assignee == OLGA),
    case(f'assignee = "{VERA}"', lambda i: i.assignee == VERA),
    case('assignee = "Vera Mars"', lambda i: i.assignee == VERA),
    case('assignee = "vera.mars@acme.example"', lambda i: i.assignee == VERA),
    case("assignee != currentUser()", lambda i: i.assignee not in (None, OLGA)),
    case("assignee != currentUser() OR assignee is EMPTY", lambda i: i.assignee != OLGA),
    case("assignee is EMPTY", lambda i: i.assignee is None),
    case("assignee = NULL", lambda i: i.assignee is None),
    case("assignee is not NULL", lambda i: i.assignee is not None),
    case('assignee in (currentUser(), "Vera Mars")', lambda i: i.assignee in (OLGA, VERA)),
    case("assignee in (EMPTY, currentUser())", lambda i: i.assignee in (None, OLGA)),
    in_site("assignee in membersOf(engineering)", lambda i, s: i.assignee in s.groups["engineering"]),
    in_site(
        "assignee not in membersOf(design)",
        lambda i, s: i.assignee is not None and i.assignee not in s.groups["design"],
    ),
    case("reporter = currentUser()", lambda i: i.reporter == OLGA),
    case("creator = currentUser() AND project = ENG", lambda i: i.creator == OLGA and i.project == "ENG"),
    case("reporter is EMPTY", lambda i: i.reporter is None, 0, some=False),
    case("watcher = currentUser()", lambda i: OLGA in i.watchers),
    case('watcher != "Vera Mars"', lambda i: i.watchers and VERA not in i.watchers),
    case("voter = currentUser()", lambda i: OLGA in i.voters),
    case("voter is not EMPTY", lambda i: i.voters),
    case("issue in watchedIssues()", lambda i: OLGA in i.watchers),
    case("issue in votedIssues()", lambda i: OLGA in i.voters),
    case("issue not in votedIssues() AND votes > 0", lambda i: i.voters and OLGA not in i.voters),
    case("watchers >= 3", lambda i: len(i.watchers) >= 3),
    case("watchers = 1", lambda i: len(i.watchers) == 1),
    case("votes > 1", lambda i: len(i.voters) > 1),
    case("votes in (1, 2)", lambda i: len(i.voters) in (1, 2)),
    case("worklogAuthor = currentUser()", lambda i: any(log["author"]["accountId"] == OLGA for log in i.worklogs)),
    case(
        f'issue in updatedBy("{VERA}")',
        lambda i: (
            i.creator == VERA
            or any(change["author"]["accountId"] == VERA for change in i.changes)
            or any(comment["author"]["accountId"] == VERA for comment in i.fields["comment"]["comments"])
        ),
    ),
]

TEXTS = [
    case("summary ~ timeout", lambda i: "timeout" in words(i.summary)),
    case('summary ~ "timeouts"', lambda i: "timeout" in words(i.summary)),
    case("summary ~ 'INVOICE export'", lambda i: {"invoice", "export"} <= set(words(i.summary))),
    case('summary ~ "export invoice"', lambda i: {"invoice", "export"} <= set(words(i.summary))),
    case('summary ~ "\\"invoice export\\""', lambda i: "invoice export" in i.summary.lower()),
    case('summary ~ "\\"export invoice\\""', lambda i: False, 0, some=False),
    case('summary ~ "time*"', lambda i: any(word.startswith("time") for word in words(i.summary))),
    case('summary ~ "t?sts"', lambda i: "tests" in words(i.summary)),
    case("summary ~ out", lambda i: False, 0, some=False),
    case("summary !~ timeout AND type = Bug", lambda i: i.type == "Bug" and "timeout" not in words(i.summary)),
    case(
        'summary ~ "invoice -timeout"',
        lambda i: {"invoice", "invoices"} & set(words(i.summary)) and "timeout" not in words(i.summary),
    ),
    case('summary ~ "laptop OR printer"', lambda i: {"laptop", "printer"} & set(words(i.summary))),
    case("description ~ customers", lambda i: "customers" in words(i.description)),
    case("description !~ customers", lambda i: i.description and "customers" not in words(i.description)),
    case("description is EMPTY", lambda i: not i.description),
    case("environment is not EMPTY", lambda i: i.environment),
    case("environment ~ firefox", lambda i: "firefox" in words(i.environment)),
    case("comment ~ staging", lambda i: any("staging" in words(text) for text in i.comments)),
    case('comment ~ "reproduce staging"', lambda i: any({"reproduce", "staging"} <= set(words(t)) for t in i.comments)),
    case("text ~ staging", lambda i: any("staging" in words(text) for text in i.texts())),
    case("text ~ globex", lambda i: any("globex" in words(text) for text in i.texts())),
]

LISTS = [
    case("labels = security", lambda i: "security" in i.labels),
    case("labels = SECURITY", lambda i: "security" in i.labels),
    case("labels != security", lambda i: i.labels and "security" not in i.labels),
    case("labels in (ux, docs)", lambda i: {"ux", "docs"} & i.labels),
    case("labels not in (ux, docs)", lambda i: i.labels and not {"ux", "docs"} & i.labels),
    case("labels is EMPTY", lambda i: not i.labels),
    case("labels = ux AND labels = docs", lambda i: {"ux", "docs"} <= i.labels),
    case("labels = unheard-of", lambda i: False, 0, some=False),
    case("component = Backend", lambda i: "Backend" in i.components),
    case("component = 10202", lambda i: "Payments" in i.components),
    case("component is EMPTY AND project = ENG", lambda i: i.project == "ENG" and not i.components),
    case("component not in (Backend, Frontend)", lambda i: i.components and not {"Backend", "Frontend"} & i.components),
    case(f'component in componentsLeadByUser("{VERA}")', lambda i: "Backend" in i.components),
    case("fixVersion = 2.0", lambda i: "2.0" in i.fix),
    case('fixVersion = "Autumn look"', lambda i: "Autumn look" in i.fix),
    case("fixVersion > 1.0", lambda i: {"1.1", "2.0", "2.1"} & set(i.fix)),
    case("fixVersion <= 1.1", lambda i: {"0.9", "1.0", "1.1"} & set(i.fix)),
    case("fixVersion in releasedVersions(ENG)", lambda i: {"1.0", "1.1"} & set(i.fix)),
    case("fixVersion in unreleasedVersions()", lambda i: {"2.0", "2.1", "Autumn look"} & set(i.fix)),
    case("fixVersion = latestReleasedVersion(ENG)", lambda i: "1.1" in i.fix),
    case("fixVersion = earliestUnreleasedVersion(ENG)", lambda i: "2.0" in i.fix),
    case("fixVersion is EMPTY", lambda i: not i.fix),
    case("affectedVersion = 0.9", lambda i: "0.9" in i.affected),
    case("affectedVersion != 1.1", lambda i: i.affected and "1.1" not in i.affected),
]

FAMILY = [
    case("parent = ENG-3", lambda i: i.parent == "ENG-3"),
    case("parent in (ENG-1, ENG-2)", lambda i: i.parent in ("ENG-1", "ENG-2")),
    case("parent is EMPTY", lambda i: i.parent is None),
    case("parent != ENG-3 AND project = ENG", lambda i: i.project == "ENG" and i.parent not in (None, "ENG-3")),
    in_site('"Epic Link" = ENG-5', lambda i, s: i.parent == "ENG-5" and s.issues["ENG-5"].type == "Epic"),
    in_site('"Epic Link" is EMPTY', lambda i, s: i.parent is None or s.issues[i.parent].type != "Epic"),
    in_site(
        "issue in childIssuesOf(ENG-3)",
        lambda i, s: i.parent == "ENG-3" or (i.parent is not None and s.issues[i.parent].parent == "ENG-3"),
    ),
    case("issue in linkedIssues(ENG-13)", lambda i: "ENG-13" in {key for _, key in i.links}),
    case('issue in linkedIssues(ENG-13, "blocks")', lambda i: ("is blocked by", "ENG-13") in i.links, 1),
    case('issue in linkedIssues(ENG-13, "is blocked by")', lambda i: ("blocks", "ENG-13") in i.links, some=False),
    case("linkedIssue = ENG-13", lambda i: "ENG-13" in {key for _, key in i.links}),
    case(
        "issueLinkType = blocks",
        lambda i: "blocks" in {way for way, _ in i.links} or "is blocked by" in {w for w, _ in i.links},
    ),
    case('issueLinkType = "is blocked by"', lambda i: "is blocked by" in {way for way, _ in i.links}),
    case("issueLinkType is EMPTY", lambda i: not i.links),
    case('filter = "Open bugs"', lambda i: i.project == "ENG" and i.type == "Bug" and i.category != "Done"),
    case("filter != 10701", lambda i: not (i.project == "ENG" and i.type == "Bug" and i.category != "Done")),
]

SPRINTS = [
    in_site("sprint in openSprints()", lambda i, s: "active" in {s.sprints[one] for one in i.sprint_ids}),
    in_site("sprint in closedSprints()", lambda i, s: "closed" in {s.sprints[one] for one in i.sprint_ids}),
    in_site("sprint in futureSprints()", lambda i, s: "future" in {s.sprints[one] for one in i.sprint_ids}),
    in_site(
        "sprint not in closedSprints()",
        lambda i, s: i.sprint_ids and "closed" not in {s.sprints[one] for one in i.sprint_ids},
    ),
    case("sprint = 5", lambda i: 5 in i.sprint_ids),
    case('sprint = "ENG Sprint 2"', lambda i: 2 in i.sprint_ids),
    case("sprint is EMPTY AND project = ENG", lambda i: i.project == "ENG" and not i.sprint_ids),
    case(
        "sprint in closedSprints() AND sprint in openSprints()",
        lambda i: i.sprint_ids & {1, 2, 3, 4} and 5 in i.sprint_ids,
    ),
    case("Sprint in (1, 2) AND Sprint != 3", lambda i: i.sprint_ids & {1, 2} and 3 not in i.sprint_ids),
]

DATES = [
    case("created >= -30d", lambda i: i.created >= NOW - 30 * DAY),
    case('created >= "-4w 2d"', lambda i: i.created >= NOW - 30 * DAY),
    case("created < startOfYear(-1)", lambda i: i.created.year < TODAY.year - 1, 0, some=False),
    case("created >= startOfMonth()", lambda i: i.created.date() >= month_start(TODAY)),
    case(
        "created >= startOfMonth(-1) AND created <= endOfMonth(-1M)",
        lambda i: month_start(month_start(TODAY) - DAY) <= i.created.date() < month_start(TODAY),
    ),
    case("created >= startOfWeek(-2w)", lambda i: i.created.date() >= week_start(TODAY) - 14 * DAY),
    case("created > endOfWeek(-3)", lambda i: i.created.date() >= week_start(TODAY) - 14 * DAY),
    case("created < startOfDay(-60d)", lambda i: i.created < midnight(TODAY) - 60 * DAY),
    case(f'created >= "{TODAY - 40 * DAY}"', lambda i: i.created >= midnight(TODAY) - 40 * DAY),
    case(f'created < "{TODAY - 40 * DAY:%Y/%m/%d}"', lambda i: i.created < midnight(TODAY) - 40 * DAY),
    case(
        f'created < "{TODAY - 40 * DAY:%Y/%m/%d} 12:30"',
        lambda i: i.created < midnight(TODAY) - 40 * DAY + timedelta(hours=12, minutes=30),
    ),
    case("updated >= startOfDay(-7)", lambda i: i.updated >= midnight(TODAY) - 7 * DAY),
    case("resolved is EMPTY", lambda i: i.resolved is None),
    case("resolved >= -28d", lambda i: i.resolved and i.resolved >= NOW - 28 * DAY),
    case(
        "resolutiondate < startOfMonth(-2)",
        lambda i: i.resolved and i.resolved.date() < month_start(month_start(month_start(TODAY) - DAY) - DAY),
    ),
    case("NOT resolved >= -28d", lambda i: i.resolved and i.resolved < NOW - 28 * DAY),
    case("statusCategoryChangedDate >= startOfDay(-14d)", lambda i: i.category_changed >= midnight(TODAY) - 14 * DAY),
    case("due < now()", lambda i: i.due and i.due < TODAY),
    case("due < startOfDay() AND statusCategory != Done", lambda i: i.due and i.due < TODAY and i.category != "Done"),
    case("duedate >= 7d", lambda i: i.due and i.due >= TODAY + 7 * DAY),
    case("due <= endOfMonth()", lambda i: i.due and i.due < next_month(TODAY)),
    case("due is EMPTY", lambda i: i.due is None),
    case(
        f"due = {TODAY - 20 * DAY} OR due > {TODAY}", lambda i: i.due and (i.due == TODAY - 20 * DAY or i.due > TODAY)
    ),
    case(
        "worklogDate >= startOfDay(-21)",
        lambda i: any((moment(log["started"]) or NOW) >= midnight(TODAY) - 21 * DAY for log in i.worklogs),
    ),
    case("lastViewed is EMPTY", lambda i: True, 500, some=False),
    case("issue in issueHistory()", lambda i: False, 0, some=False),
]

NUMBERS = [
    case("originalEstimate is EMPTY", lambda i: i.original is None),
    case("originalEstimate = 1d", lambda i: i.original == 8 * 3600),
    case("originalEstimate > 8h", lambda i: i.original and i.original > 8 * 3600),
    case('originalEstimate >= "1d 2h"', lambda i: i.original and i.original >= 10 * 3600),
    case("remainingEstimate < 4h", lambda i: i.remaining is not None and i.remaining < 4 * 3600),
    case("timeestimate = 0", lambda i: i.remaining == 0),
    case("timespent > 5h", lambda i: (i.spent or 0) > 5 * 3600),
    case("timespent is not EMPTY", lambda i: i.spent is not None),
    case(
        "workRatio > 50",
        lambda i: i.original and (i.spent or 0) * 100 // i.original > 50,
    ),
    case("attachments is not EMPTY", lambda i: i.attachments),
    case("attachments is EMPTY", lambda i: not i.attachments),
    case('"Story Points" = 5', lambda i: i.points == 5),
    case("cf[10016] >= 8", lambda i: i.points is not None and i.points >= 8),
    case("customfield_10016 < 3", lambda i: i.points is not None and i.points < 3),
    case('"Story Points" in (1, 2, 3.0)', lambda i: i.points in (1, 2, 3)),
    case('"story points" is EMPTY AND project = ENG', lambda i: i.project == "ENG" and i.points is None),
    case('"Story Points" != 5', lambda i: i.points not in (None, 5)),
    case("Budget > 5000", lambda i: (i.custom(10032) or 0) > 5000),
]

CUSTOM = [
    case("Customer ~ globex", lambda i: "globex" in (i.custom(10030) or "").lower()),
    case("Customer is not EMPTY", lambda i: i.custom(10030)),
    case("Notes ~ release", lambda i: "release" in words(plain(i.custom(10031)))),
    case("Go-live >= startOfDay()", lambda i: i.custom(10033) and date.fromisoformat(i.custom(10033)) >= TODAY),
    case('"Started at" <= -100d', lambda i: i.custom(10034) and (moment(i.custom(10034)) or NOW) <= NOW - 100 * DAY),
    case('Homepage = "https://www.acme.example/page/8"', lambda i: i.key == "WEB-8", 1),
    case("Severity = Critical", lambda i: i.option(10036) == "Critical"),
    case("Severity != Critical", lambda i: i.option(10036) in ("Minor", "Major")),
    case("Severity in (Minor, 12362)", lambda i: i.option(10036) in ("Minor", "Major")),
    case("Platforms = Linux", lambda i: "Linux" in i.options(10037)),
    case(
        "Platforms not in (Linux, Windows)", lambda i: i.options(10037) and not {"Linux", "Windows"} & i.options(10037)
    ),
    case("Region = Europe", lambda i: i.option(10038) == "Europe"),
    case("Region in cascadeOption(Europe)", lambda i: i.option(10038) == "Europe"),
    case(
        "Region in cascadeOption(Europe, Germany)",
        lambda i: (i.custom(10038) or {}).get("child", {}).get("value") == "Germany",
    ),
    case("Checks = Legal", lambda i: "Legal" in i.options(10039)),
    case("Risk = Great", lambda i: i.option(10040) == "Great"),
    case("Tags = north", lambda i: "north" in (i.custom(10041) or [])),
    case("Tags is not EMPTY AND Tags != north", lambda i: i.custom(10041) and "north" not in i.custom(10041)),
    case("Reviewer = currentUser()", lambda i: (i.custom(10042) or {}).get("accountId") == OLGA),
    case('Stakeholders = "Vera Mars"', lambda i: VERA in {user["accountId"] for user in i.custom(10043) or []}),
    case('"Owning group" = engineering', lambda i: (i.custom(10044) or {}).get("name") == "engineering"),
    case('"Audience groups" = jira-users-acme', lambda i: i.custom(10045)),
    case('"Found in" = 1.0', lambda i: (i.custom(10046) or {}).get("name") == "1.0"),
    case('"Seen in versions" in (1.1)', lambda i: "1.1" in {version["name"] for version in i.custom(10047) or []}),
    case('"Related project" = OPS', lambda i: i.custom(10048)),
    case('"Epic Name" ~ Epic', lambda i: i.custom(10011), 14),
    case("Impact = High", lambda i: i.option(10050) == "High"),
    case('"Impact[Dropdown]" != High', lambda i: i.option(10050) == "Low"),
    case("cf[10051] ~ customers", lambda i: i.custom(10051)),
    case("Impact is not EMPTY", lambda i: i.custom(10050) or i.custom(10051)),
    case("issue.property[review].state = ready", lambda i: i.properties.get("review", {}).get("state") == "ready"),
    case("issue.property[review].score >= 5", lambda i: i.properties.get("review", {}).get("score", 0) >= 5),
    case("issue.property[review].score is EMPTY", lambda i: "review" not in i.properties),
]

TOGETHER = [
    case(
        "project = ENG AND type = Bug OR project = HELP AND type = Incident",
        lambda i: (i.project == "ENG" and i.type == "Bug") or (i.project == "HELP" and i.type == "Incident"),
    ),
    case(
        "project = ENG AND (type = Bug OR type = Story) AND NOT (status = Done OR priority = Low)",
        lambda i: i.project == "ENG" and i.type in ("Bug", "Story") and i.status != "Done" and i.priority != "Low",
    ),
    case(
        "NOT (project = ENG AND assignee = currentUser())",
        lambda i: i.project != "ENG" or i.assignee not in (None, OLGA),
    ),
    case(
        "project=ENG&&type=Epic||key=WEB-1", lambda i: (i.project == "ENG" and i.type == "Epic") or i.key == "WEB-1", 11
    ),
    case("!(project = ENG) and !type = Task", lambda i: i.project != "ENG" and i.type != "Task"),
    case("NOT NOT project = OPS", lambda i: i.project == "OPS", 60),
]

CASES = [
    *PROJECTS, *KEYS, *TYPES, *STATUSES, *PEOPLE, *TEXTS, *LISTS, *FAMILY, *SPRINTS, *DATES, *NUMBERS, *CUSTOM, *TOGETHER,
]  # fmt: skip

REFUSED = [
    ("", ["unbounded"]),
    ("ORDER BY created", ["unbounded"]),
    ("project = NOPE", ["'project'", "'NOPE'"]),
    ("status = Blocked", ["'status'", "'Blocked'"]),
    ("type in (Bug, Wish)", ["'type'", "'Wish'"]),
    ("priority = Urgent", ["'priority'", "'Urgent'"]),
    ("resolution = Gone", ["'resolution'", "'Gone'"]),
    ("assignee = nobody-at-all", ["'assignee'", "'nobody-at-all'"]),
    ("component = Cellar", ["'component'", "'Cellar'"]),
    ("fixVersion = 9.9", ["'fixVersion'", "'9.9'"]),
    ("key = ENG-9999", ["'key'", "'ENG-9999'"]),
    ("sprint = 99", ["'sprint'", "'99'"]),
    ("Severity = Awful", ["'Severity'", "'Awful'"]),
    ("foo = 1", ["'foo'"]),
    ("cf[99999] = 1", ["'cf[99999]'"]),
    ("project = NOPE AND foo = 1", ["'NOPE'", "'foo'"]),
    ("created > yesterday", ["'created'", "'yesterday'"]),
    ("created > 2026-02-30", ["'created'", "'2026-02-30'"]),
    ('"Story Points" = many', ["'Story Points'", "'many'"]),
    ("votes = few", ["'votes'", "'few'"]),
    ("originalEstimate = soon", ["'originalEstimate'", "'soon'"]),
    ("status ~ Done", ["'~'", "'status'"]),
    ("summary = timeout", ["'='", "'summary'"]),
    ("text is EMPTY", ["'is'", "'text'"]),
    ("project > ENG", ["'>'", "'project'"]),
    ("labels > a", ["'>'", "'labels'"]),
    ("votes is EMPTY", ["'is'", "'votes'"]),
    ("attachments = 1", ["'='", "'attachments'"]),
    ("Impact > 3", ["'>'", "'Impact'"]),
    ("Rank = 1", ["'='", "'Rank'"]),
    ("project in ENG", ["'in'", "'project'"]),
    ("project = (ENG, WEB)", ["'='", "'project'"]),
    ("sprint = openSprints()", ["'='", "'sprint'"]),
    ("assignee is currentUser()", ["'is'", "'assignee'"]),
    ("created > EMPTY", ["'>'", "'created'"]),
    ("status was Done", ["'was'", "'status'"]),
    ("status WAS NOT IN (Done) BEFORE -7d", ["'was not in'", "'status'"]),
    ("assignee was currentUser() DURING (-14d, now())", ["'was'", "'assignee'"]),
    ('status CHANGED FROM "To Do" TO Done BY currentUser()', ["'changed'", "'status'"]),
    ("assignee = nobody()", ["'nobody'"]),
    ("status = currentUser()", ["'currentUser'", "'status'"]),
    ("assignee in membersOf()", ["membersOf(group)", "0"]),
    ("assignee in membersOf(strangers)", ["'membersOf'", "'strangers'"]),
    ("created > startOfDay(soon)", ["'startOfDay'", "'soon'"]),
    ("issue in linkedIssues(ENG-9999)", ["'linkedIssues'", "'ENG-9999'"]),
    ('summary ~ "*out"', ["'summary'", "'*out'"]),
    ('summary ~ "\\"open"', ["'summary'"]),
    ("project = ENG AND", ["line 1, character 15"]),
    ("project = ENG\n AND status", ["line 2, character 6"]),
    ("project ENG", ["line 1, character 9"]),
    ("(project = ENG", ["line 1, character 12"]),
    ("project = 'ENG", ["line 1, character 11"]),
    ("project = ENG ORDER BY foo", ["'foo'"]),
    ("project = ENG ORDER BY comment", ["'comment'"]),
    ("project = ENG ORDER BY key, created, updated, due, summary, status, priority, votes", ["7", "8"]),
    ("filter = Nonsense", ["'filter'", "'Nonsense'"]),
]

Key = Callable[[Issue], Any]

# The project and the number, as keys are sorted.
KEY: tuple[Key, bool] = (lambda i: (i.project, i.number), False)
SUMMARY: tuple[Key, bool] = (lambda i: i.summary.lower(), False)


def place(values: list[str], value: str | None) -> int | None:
    return None if value is None else values.index(value)


# Each with what it sorts by, most important first, and whether it descends. What is empty comes last, or first where it descends;
# equals come newest first.
ORDERS: list[tuple[str, list[tuple[Key, bool]]]] = [
    ("project = WEB", []),
    ("project = OPS ORDER BY key", [(lambda i: (i.project, i.number), False)]),
    ("project in (OPS, HELP) ORDER BY key DESC", [(lambda i: (i.project, i.number), True)]),
    ("type = Epic ORDER BY project, summary", [(lambda i: i.fields["project"]["name"].lower(), False), SUMMARY]),
    ("project = HELP ORDER BY created", [(lambda i: i.created, True)]),
    ("project = HELP ORDER BY created ASC", [(lambda i: i.created, False)]),
    ("project = ENG ORDER BY updated DESC, key ASC", [(lambda i: i.updated, True), KEY]),
    ("project = ENG ORDER BY due ASC, key", [(lambda i: i.due, False), KEY]),
    ("project = ENG ORDER BY due DESC", [(lambda i: i.due, True)]),
    ("project = ENG ORDER BY priority", [(lambda i: i.urgency, True)]),
    ("project = ENG ORDER BY priority ASC, created DESC", [(lambda i: i.urgency, False), (lambda i: i.created, True)]),
    ("project = ENG ORDER BY resolved DESC, id ASC", [(lambda i: i.resolved, True), KEY]),
    ("project = WEB ORDER BY assignee ASC, key ASC", [(lambda i: i.assignee_name and i.assignee_name.lower(), False), KEY]),
    ("project = OPS ORDER BY statusCategory ASC, key", [(lambda i: place(["To Do", "In Progress", "Done"], i.category), False), KEY]),
    ('type = Story ORDER BY "Story Points" DESC, key ASC', [(lambda i: i.points, True), KEY]),
    ("project = ENG ORDER BY fixVersion, key", [(lambda i: place(["1.0", "1.1", "2.0", "2.1"], i.fix[0] if i.fix else None), False), KEY]),
    ("project = ENG ORDER BY votes, watchers, key", [(lambda i: len(i.voters), True), (lambda i: len(i.watchers), True), KEY]),
    ("sprint in openSprints() ORDER BY Rank", [(lambda i: i.custom(10019), False)]),
    ("project = ENG ORDER BY timespent DESC, originalEstimate ASC", [(lambda i: i.spent, True), (lambda i: i.original, False)]),
]  # fmt: skip
