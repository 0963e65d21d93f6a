"""The life of issues in the sandbox: every answer agrees with Atlassian's documents, in both versions of Jira's API."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from atlassian_cloud import AtlassianError, Jira
from atlassian_cloud.sandbox import Sandbox

from . import exchange
from .conftest import Tally
from .documents import FOLDER, NO_DOCUMENTS

pytestmark = pytest.mark.skipif(FOLDER is None, reason=NO_DOCUMENTS)

EVERYTHING = "renderedFields,names,schema,transitions,transitions.fields,operations,editmeta,changelog"
FILES = [("a.txt", b"hello"), ("a.png", b"\x89PNG")]


class Version:
    """One of the versions: services by the same names."""

    def __init__(self, jira: Jira, *, second: bool) -> None:
        self.jira = jira
        self.issues: Any = jira.v2.issues if second else jira.issues
        self.tasks: Any = jira.v2.tasks if second else jira.tasks
        self.second = second

    def asking(self, headers: dict[str, str]) -> Version:
        return Version(self.jira.with_options(headers=headers), second=self.second)

    def text(self, words: str) -> Any:
        if self.second:
            return words
        paragraph = {"type": "paragraph", "content": [{"type": "text", "text": words}]}
        return {"type": "doc", "version": 1, "content": [paragraph]}

    def new(self, project: str = "ENG", kind: str = "Task", **fields: Any) -> str:
        named = {"project": {"key": project}, "issuetype": {"name": kind}, "summary": "A new one"}
        return str(self.issues.create(fields=named | fields).key)


def the_issue_itself(api: Version, box: Sandbox) -> None:
    issues = api.issues
    for key in ("ENG-1", "ENG-12", "ENG-40", "WEB-3", "OPS-4", "HELP-5"):
        issues.get(key, expand=EVERYTHING, properties=["*all"])
    issues.get("ENG-12", fields=["*navigable", "-description"])
    issues.get(api.new(kind="Sub-task", parent={"key": "ENG-12"}), expand="operations")
    issues.get("ENG-12", fields=["subtasks"])
    key = api.new(
        description=api.text("First"),
        assignee={"accountId": box.accounts.active},
        timetracking={"originalEstimate": "3h"},
        customfield_10036={"value": "Major"},
        customfield_10038={"value": "Europe", "child": {"value": "Germany"}},
        customfield_10043=[{"accountId": box.accounts.active}],
        customfield_10020=5,
    )
    issues.create_many(
        issue_updates=[{"fields": {"project": {"key": "ENG"}, "issuetype": {"id": "10003"}, "summary": "One"}}, {}]
    )
    issues.update(
        key, fields={"summary": "Another"}, update={"labels": [{"add": "a"}]}, properties=[{"key": "p", "value": 1}]
    )
    assert issues.update(key, fields={"priority": {"id": "1"}}, return_issue=True, expand="names").key == key
    issues.assign(key, account_id=None)
    issues.notify(key, to={"reporter": True, "users": [{"accountId": box.accounts.active}]}, subject="Look")
    issues.get_many(issue_ids_or_keys=[key, "ENG-12", "NONE-1"], expand=["names"], fields=["*all"])
    issues.get_edit_metadata(key)
    with warnings.catch_warnings():
        # Once per process, and not the matter here.
        warnings.simplefilter("ignore", DeprecationWarning)
        issues.create_metadata.get(project_keys=["ENG"], expand="projects.issuetypes.fields")
    assert list(issues.create_metadata.list_issue_types("ENG"))
    assert list(issues.create_metadata.list_fields("ENG", "10003"))
    issues.transitions.list(key, expand="transitions.fields")
    issues.transition(key, transition={"id": "41"}, update={"comment": [{"add": {"body": api.text("Done")}}]})
    first = list(issues.changelogs.list(key, page_size=2))
    issues.changelogs.get_many(key, changelog_ids=[int(str(first[0].id))])
    assert list(issues.changelogs.list_for_issues(issue_ids_or_keys=[key, "ENG-12"], page_size=3))
    assert list(issues.changelogs.list_for_issues(issue_ids_or_keys=[key, "ENG-12"], field_ids=["status"]))
    assert issues.archive(issue_ids_or_keys=[key, "ENG-9999"]).number_of_issues_updated == 1
    assert issues.unarchive(issue_ids_or_keys=[key]).number_of_issues_updated == 1
    issues.archive_by_jql(jql=f"key = {key}")
    issues.delete(key, delete_subtasks=True)
    for wrong in (lambda: issues.get(key), lambda: issues.create(fields={}), lambda: issues.delete("ENG-1x")):
        with pytest.raises(AtlassianError):
            wrong()


def what_is_written(api: Version, box: Sandbox) -> None:
    issues, key = api.issues, api.new()
    comment = issues.comments.add(key, body=api.text("Hello"), visibility={"type": "role", "value": "Administrators"})
    issues.comments.update(key, comment.id, body=api.text("Hello again"), expand="renderedBody,properties")
    issues.comments.properties.set(comment.id, "seen", body={"by": ["all"]})
    issues.comments.get(key, comment.id, expand="renderedBody,properties")
    assert [one.id for one in issues.comments.list(key, order_by="-created", expand="properties")] == [comment.id]
    issues.comments.get_many(ids=[int(comment.id)], expand="renderedBody,properties")
    for at in (issues.comments.properties, issues.properties):
        place = comment.id if at is issues.comments.properties else key
        at.set(place, "flag", body={"on": True})
        at.set(place, "flag", body={"on": False})
        at.get(place, "flag")
        at.list(place)
        at.delete(place, "flag")
    issues.comments.delete(key, comment.id)
    work = issues.worklogs.add(
        key, time_spent="1h 30m", comment=api.text("Work"), started="2026-01-02T03:04:05.000+0000"
    )
    other = issues.worklogs.add(key, time_spent_seconds=600, adjust_estimate="new", new_estimate="2d")
    issues.worklogs.update(key, work.id, time_spent="2h", expand="properties")
    issues.worklogs.get(key, work.id)
    assert len(list(issues.worklogs.list(key))) == 2
    issues.worklogs.properties.set(key, work.id, "flag", body=1)
    issues.worklogs.properties.set(key, work.id, "flag", body=2)
    assert list(issues.worklogs.list_updated(expand="properties"))[-1].properties
    issues.worklogs.get(key, work.id, expand="properties")
    issues.worklogs.properties.get(key, work.id, "flag")
    issues.worklogs.properties.list(key, work.id)
    issues.worklogs.properties.delete(key, work.id, "flag")
    issues.worklogs.get_many(ids=[int(work.id)])
    if not api.second:
        pair = {"issueId": int(issues.get(key).id), "worklogId": int(work.id)}
        issues.worklogs.get_many_by_issue(requests=[pair])
    assert list(issues.worklogs.list_updated(limit=3))
    target = api.new()
    third = issues.worklogs.add(key, time_spent="1h")
    issues.worklogs.move(key, ids=[int(other.id)], new_issue_id_or_key=target)
    # What is not there is told, and the rest is done.
    issues.worklogs.move(key, ids=[int(third.id), 1], new_issue_id_or_key=target)
    issues.worklogs.delete_many(target, ids=[int(other.id)])
    issues.worklogs.delete_many(target, ids=[int(third.id), 1])
    issues.worklogs.delete(key, work.id)
    assert list(issues.worklogs.list_deleted())
    issues.watchers.add(key, body=box.accounts.active)
    issues.watchers.get(key)
    issues.watchers.remove(key, account_id=box.accounts.active)
    issues.watchers.check(issue_ids=["11012"])
    other = api.new(reporter={"accountId": box.accounts.active})
    issues.votes.add(other)
    issues.votes.get(other)
    issues.votes.remove(other)


def what_hangs_on_it(api: Version) -> None:
    issues, key = api.issues, api.new()
    issues.links.create(type={"name": "Blocks"}, inward_issue={"key": key}, outward_issue={"key": "ENG-12"})
    link = issues.get(key, fields=["issuelinks"]).fields["issuelinks"][0]["id"]
    issues.links.get(link)
    issues.links.delete(link)
    issues.link_types.list()
    kind = issues.link_types.create(name=f"Causes {key}", inward="is caused by", outward="causes")
    issues.link_types.update(kind.id, outward="leads to")
    issues.link_types.get(kind.id)
    issues.link_types.delete(kind.id)
    remote = issues.remote_links.create_or_update(
        key, global_id="g1", object={"url": "https://a.example", "title": "A"}, application={"name": "App"}
    )
    issues.remote_links.create_or_update(key, global_id="g1", object={"url": "https://a.example", "title": "B"})
    issues.remote_links.update(key, str(remote.id), object={"url": "https://a.example", "title": "C"}, global_id="g1")
    issues.remote_links.get(key, str(remote.id))
    issues.remote_links.list(key)
    issues.remote_links.delete(key, str(remote.id))
    issues.remote_links.create_or_update(key, global_id="g2", object={"url": "https://a.example", "title": "D"})
    issues.remote_links.delete_by_global_id(key, global_id="g2")
    one, two = issues.attachments.add(key, files=FILES)
    issues.attachments.get(one.id)
    issues.attachments.get_settings()
    assert issues.attachments.download(one.id) == b"hello"
    assert issues.attachments.download(one.id, redirect=True) == b"hello"
    assert api.asking({"Range": "bytes=1-2"}).issues.attachments.download(one.id) == b"el"
    assert issues.attachments.download_thumbnail(two.id) == b"\x89PNG"
    assert issues.attachments.download_thumbnail(two.id, redirect=True) == b"\x89PNG"
    issues.attachments.get_archive(one.id)
    issues.attachments.get_archive_contents(one.id)
    issues.get(key, fields=["attachment"])
    issues.attachments.delete(one.id)


def many_at_once(api: Version, box: Sandbox) -> None:
    issues = api.issues
    keys = [api.new() for _ in range(3)]
    bulk = issues.bulk
    started = [
        bulk.edit(
            selected_issue_ids_or_keys=keys,
            selected_actions=["labels"],
            edited_fields_input={
                "labelsFields": [
                    {"fieldId": "labels", "bulkEditMultiSelectFieldOption": "ADD", "labels": [{"name": "bulk"}]}
                ]
            },
        ),
        bulk.watch(selected_issue_ids_or_keys=keys),
        bulk.unwatch(selected_issue_ids_or_keys=keys[:1]),
        bulk.transition(bulk_transition_inputs=[{"selectedIssueIdsOrKeys": keys, "transitionId": "21"}]),
    ]
    assert list(bulk.list_transitions(issue_ids_or_keys=keys))
    assert list(bulk.list_fields(issue_ids_or_keys=keys))
    bulk.get_progress(started[0].task_id)
    box.advance(hours=1)
    assert bulk.get_progress(started[0].task_id).status == "COMPLETE"
    where = {
        "issueIdsOrKeys": keys[:1],
        "inferClassificationDefaults": True,
        "inferFieldDefaults": True,
        "inferStatusDefaults": True,
        "inferSubtaskTypeDefault": True,
    }
    bulk.move(target_to_sources_mapping={"WEB,10003": where})
    bulk.delete(selected_issue_ids_or_keys=keys[1:])
    box.advance(hours=1)
    issues.get(keys[0])


def properties_of_many(api: Version, box: Sandbox) -> None:
    issues = api.issues
    issues.properties.set_many(entities_ids=[11012], properties={"flag": {"on": True}})
    issues.properties.set_many_by_issue(issues=[{"issueID": 11012, "properties": {"other": 1}}])
    issues.properties.set_for_issues("third", value=3, filter={"entityIds": [11012]})
    issues.properties.delete_for_issues("flag", entity_ids=[11012])
    box.advance(hours=1)


@pytest.mark.parametrize("second", [False, True], ids=["v3", "v2"])
def test_every_answer_agrees(box: Sandbox, tally: Tally, *, second: bool) -> None:
    with box.client(Jira) as jira:
        api = Version(jira, second=second)
        the_issue_itself(api, box)
        what_is_written(api, box)
        what_hangs_on_it(api)
        properties_of_many(api, box)
        if not second:
            # Version 2 has no bulk changes.
            many_at_once(api, box)
    answered = exchange.agrees(box, tally)
    mark = "jira.v2" if second else "jira"
    everyday = ("get", "create", "transition", "comments.add", "worklogs.add", "attachments.add", "changelogs.list")
    assert {f"{mark}.issues.{name}" for name in everyday} <= answered
    assert len(answered) > 60
