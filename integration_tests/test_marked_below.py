"""Rows in records and below them leave the destination's tables: with their record, and when they alone vanish."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from connector import Output, run
from crm_source.resources import MARK
from marked_tables import MarkedTables
from simulated_account import HOUR, Account
from vendors import VENDORS

pytestmark = pytest.mark.usefixtures("impatient")
BY_NAME = {one.name: one for one in VENDORS}


@contextmanager
def account_of(name: str, **volumes: Any) -> Iterator[Account]:
    vendor = BY_NAME[name]
    sim = vendor.simulator(11, **volumes)
    with sim.serve() as url:
        config = {**vendor.config(sim, url), "deleted_rows": "mark"}
        yield Account(vendor.source, sim, url, config, run(vendor.source(), "discover", config).streams)


def marked(output: Output, stream: str, *key: str) -> list[tuple[Any, ...]]:
    """The keys of the rows that are marked, sorted."""
    assert set(output.statuses.values()) == {"COMPLETE"}, output.errors
    rows = [row for row in output.records.get(stream, []) if MARK in row]
    return sorted(tuple(row[name] for name in key) for row in rows)


def later(account: Account, *streams: str, **config: Any) -> Output:
    account.wait()
    return account.sync(*streams, **config)


def test_an_email_that_is_removed_from_a_contact_is_marked_at_no_request() -> None:
    with account_of("closeio", contacts=30, leads=10) as account:
        sim = account.sim
        contact = next(row for row in sim.rows("contact") if len(row["emails"]) == 2)
        account.sync("contacts", "contact_emails")
        account.wait()
        without = len(account.sync("contacts", "contact_emails").messages) and sim.request_count
        sim.update("contact", contact["id"], {"emails": contact["emails"][:1]})
        output = later(account, "contacts", "contact_emails")
        assert marked(output, "contact_emails", "contact_id", "position") == [(contact["id"], 1)]
        assert not marked(output, "contacts", "id")
        assert sim.request_count == without
        sim.update("contact", contact["id"], {"emails": contact["emails"]})
        output = later(account, "contacts", "contact_emails")
        assert [row["position"] for row in output.records["contact_emails"] if MARK not in row] == [0, 1]


def test_the_emails_of_a_contact_go_with_it_when_the_log_does_not_show_its_content() -> None:
    with account_of("closeio", contacts=30, leads=10) as account:
        sim = account.sim
        sim.options.admin = False
        contact = next(row for row in sim.rows("contact") if len(row["emails"]) == 2)
        account.sync("contact_emails", "contact_phones")
        sim.delete("contact", contact["id"])
        account.wait(3 * HOUR)
        output = account.sync("contact_emails", "contact_phones")
        assert marked(output, "contact_emails", "contact_id", "position") == [(contact["id"], 0), (contact["id"], 1)]
        assert len(marked(output, "contact_phones", "position")) == len(contact["phones"])


def test_an_email_that_is_back_with_its_contact_is_newer_than_the_mark_of_one_that_went_before_it() -> None:
    """The log shows the last content, which has it no more; the contact is back in the second of the sync."""
    with account_of("closeio", contacts=30, leads=10) as account:
        sim, streams = account.sim, ("contacts", "contact_emails")
        contact = next(row for row in sim.rows("contact") if len(row["emails"]) == 2)
        tables = MarkedTables({name: account.streams[name] for name in streams}, is_soft=True)
        tables.load(account.sync(*streams))
        account.wait()
        sim.update("contact", contact["id"], {"emails": contact["emails"][:1]})
        sim.delete("contact", contact["id"])
        account.wait(1)
        tables.load(account.sync(*streams))
        sim.restore(contact["id"])
        sim.update("contact", contact["id"], {"emails": contact["emails"]})
        tables.load(later(account, *streams))
        held = {row["position"] for row in tables.rows("contact_emails") if row["contact_id"] == contact["id"]}
        assert held == {0, 1}


def test_a_note_that_is_deleted_is_marked_once_its_ticket_has_changed() -> None:
    with account_of("connectwise", tickets=20, ticket_notes=60) as account:
        sim = account.sim
        account.sync("tickets", "ticket_notes", "ticket_tasks")
        ticket, note = next((owner, row["id"]) for owner, row in sim.owned_rows("ticket_notes"))
        sim.delete("ticket_notes", note)
        assert marked(later(account, "ticket_notes"), "ticket_notes", "id") == []
        sim.update("tickets", ticket, {"summary": "changed"})
        assert marked(later(account, "ticket_notes"), "ticket_notes", "id", "ticketId") == [(note, ticket)]
        assert marked(later(account, "ticket_notes"), "ticket_notes", "id") == []


def test_a_mark_has_no_column_that_the_catalog_lacks() -> None:
    with account_of("connectwise", tickets=20, ticket_notes=60) as account:
        sim = account.sim
        del account.streams["ticket_notes"]["json_schema"]["properties"]["ticketId"]
        account.sync("ticket_notes")
        ticket, note = next((owner, row["id"]) for owner, row in sim.owned_rows("ticket_notes"))
        sim.delete("ticket_notes", note)
        sim.update("tickets", ticket, {"summary": "changed"})
        (row,) = [row for row in later(account, "ticket_notes").records["ticket_notes"] if MARK in row]
        assert row.keys() == {"id", "ticketLastUpdated", MARK}


def test_with_a_ticket_go_its_notes_and_tasks() -> None:
    with account_of("connectwise", tickets=20, ticket_notes=60, ticket_tasks=60) as account:
        sim, streams = account.sim, ("tickets", "ticket_notes", "ticket_tasks", "ticket_all_notes")
        account.sync(*streams)
        ticket = next(owner for owner, _ in sim.owned_rows("ticket_tasks"))
        expected = {
            kind: sorted((row["id"],) for owner, row in sim.owned_rows(kind) if owner == ticket)
            for kind in ("ticket_notes", "ticket_tasks")
        }
        held = account.sync("ticket_all_notes", states={}).records["ticket_all_notes"]
        sim.delete("tickets", ticket)
        output = later(account, *streams)
        assert marked(output, "tickets", "id") == [(ticket,)]
        assert {kind: marked(output, kind, "id") for kind in expected} == expected
        assert expected["ticket_tasks"]
        assert marked(output, "ticket_all_notes", "noteType", "id") == sorted(
            (row["noteType"], row["id"]) for row in held if row["ticketId"] == ticket
        )


def test_notes_that_a_users_filter_may_take_out_are_not_compared() -> None:
    conditions = [{"stream": "ticket_notes", "conditions": "internalAnalysisFlag = false"}]
    with account_of("connectwise", tickets=20, ticket_notes=60) as account:
        found = run(account.source(), "discover", account.config | {"conditions": conditions}).streams
        assert MARK not in found["ticket_notes"]["json_schema"]["properties"]
        assert MARK in found["ticket_tasks"]["json_schema"]["properties"]


def test_a_list_that_is_refused_for_a_day_has_lost_nothing() -> None:
    with account_of("connectwise", tickets=20, ticket_notes=60) as account:
        sim = account.sim
        account.sync("tickets", "ticket_notes")
        ticket = next(owner for owner, _ in sim.owned_rows("ticket_notes"))
        for one in sim.ids("tickets")[:12]:
            sim.update("tickets", one, {"summary": "changed"})
        sim.update("tickets", ticket, {"summary": "changed"})
        sim.faults.add("403", path=rf"/service/tickets/{ticket}/notes", times=None)
        assert marked(later(account, "ticket_notes"), "ticket_notes", "id") == []


def test_with_a_note_go_its_links_comments_and_their_files() -> None:
    volumes = {"notes": 6, "comments": 60, "file_attachments": 300}
    with account_of("insightly", **volumes) as account:
        sim = account.sim
        streams = ("notes", "note_links", "note_comments", "note_comment_file_attachments")
        first = account.sync(*streams)
        note = first.records["note_comments"][0]["NOTE_ID"]
        comments = sorted(row["COMMENT_ID"] for row in first.records["note_comments"] if row["NOTE_ID"] == note)
        files = [row for row in first.records["note_comment_file_attachments"] if row["COMMENT_ID"] in comments]
        assert files
        links = [row for row in first.records["note_links"] if row["NOTE_ID"] == note]
        sim.delete("notes", note)
        output = later(account, *streams)
        assert marked(output, "note_comments", "COMMENT_ID") == [(one,) for one in comments]
        assert marked(output, "note_links", "LINK_ID") == sorted((row["LINK_ID"],) for row in links)
        assert marked(output, "note_comment_file_attachments", "COMMENT_ID", "FILE_ID") == sorted(
            (row["COMMENT_ID"], row["FILE_ID"]) for row in files
        )


def test_a_tag_that_is_taken_off_is_marked_and_comes_back() -> None:
    with account_of("insightly", contacts=20) as account:
        sim = account.sim
        contact = next(row for row in sim.rows("contacts") if len(row["TAGS"]) == 2)
        account.sync("contacts", "contact_tags")
        sim.update("contacts", contact["CONTACT_ID"], {"TAGS": contact["TAGS"][1:]})
        gone = (contact["CONTACT_ID"], contact["TAGS"][0]["TAG_NAME"])
        output = later(account, "contacts", "contact_tags")
        assert marked(output, "contact_tags", "CONTACT_ID", "TAG_NAME") == [gone]
        (mark,) = [row for row in output.records["contact_tags"] if MARK in row]
        sim.update("contacts", contact["CONTACT_ID"], {"TAGS": contact["TAGS"]})
        output = later(account, "contacts", "contact_tags")
        (back,) = [row for row in output.records["contact_tags"] if row["TAG_NAME"] == gone[1]]
        assert back["CONTACT_DATE_UPDATED_UTC"] >= mark["CONTACT_DATE_UPDATED_UTC"]
