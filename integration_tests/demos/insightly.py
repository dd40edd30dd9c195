"""Insightly."""

import re
from functools import partial

from crm_source.resources import Asked, Listed
from demos.show import LATER, Change, Polled, Show, has
from simulators.insightly import InsightlySimulator
from simulators.recorder import RecordedRequest
from source_insightly.resources import RESOURCES, custom_object

FRUIT = "Fruit__c"
# Records that have lists of their own cost a request each, and Insightly answers ten a second: many rows are in lists
# without such, or below few records.
ACCOUNT = partial(
    InsightlySimulator,
    real_clock=True,
    contacts=16,
    organisations=12,
    leads=16,
    opportunities=12,
    opportunity_state_history=400,
    projects=8,
    milestones=1500,
    tasks=16,
    events=4000,
    notes=16,
    emails=12,
    comments=300,
    file_attachments=600,
    products=900,
    pricebook_entries=1800,
    opportunity_products=2500,
    quotes=6,
    quote_products=1200,
    tickets=8,
    ticket_comments=200,
    prospects=6,
    knowledge_articles=400,
    community_posts=700,
    community_comments=2000,
    users=60,
    custom_object_records=8,
)
# Addresses of the lists.
LISTS = [one for one in (*RESOURCES, *custom_object(FRUIT), *custom_object("Orchard__c")) if isinstance(one, Asked)]
SHAPES = [
    (
        re.compile(
            re.sub(r"\{\w+\}", r"\\d+", one.path) + ("/Search" if one.dates and isinstance(one, Listed) else "")
        ),
        one,
    )
    for one in LISTS
]


def change(sim: InsightlySimulator) -> list[Change]:
    """Each change is one that a different way of reading has to find."""
    sim.clock.advance(LATER)
    contact, tagged = sim.ids("contacts")[3:5]
    lead = next(row["LEAD_ID"] for row in sim.rows("leads") if not row["CONVERTED"])
    organisation, project, note = sim.ids("organisations")[2], sim.rows("projects")[1], sim.ids("notes")[5]
    opportunity, fruit, task = sim.ids("opportunities")[4], sim.ids(FRUIT)[2], sim.ids("tasks")[6]
    pipeline = sim.ids("pipelines")[1]
    new = sim.create("contacts", {"LAST_NAME": "Newcomer"})["CONTACT_ID"]
    sim.update("contacts", contact, {"TITLE": "Promoted by the demo"})
    sim.update("contacts", tagged, {"TAGS": [{"TAG_NAME": "Demo"}]})
    converted = sim.convert_lead(lead)["CONVERTED_CONTACT_ID"]
    sim.update("opportunities", opportunity, {"OPPORTUNITY_STATE": "WON"})
    fields = [one for one in project["CUSTOMFIELDS"] if one["FIELD_NAME"] != "Hobby__c"]
    hobby = {"FIELD_NAME": "Hobby__c", "FIELD_VALUE": "Set by the demo", "CUSTOM_FIELD_ID": "Hobby__c"}
    sim.update("projects", project["PROJECT_ID"], {"CUSTOMFIELDS": [*fields, hobby]})
    comment = sim.create("comments", {"BODY": "Added by the demo"}, ("notes", note))["COMMENT_ID"]
    sim.update("notes", note, {"TITLE": "Commented in the demo"})
    email = sim.create("emails", {"SUBJECT": "Sent by the demo"})["EMAIL_ID"]
    sim.update("tasks", task, {"COMPLETED": True, "STATUS": "COMPLETED"})
    sim.update(FRUIT, fruit, {"RECORD_NAME": "Edited by the demo"})
    sim.update("pipelines", pipeline, {"PIPELINE_NAME": "Renamed by the demo"})
    sim.delete("organisations", organisation)
    sim.clock.advance(LATER)
    won = has(OPPORTUNITY_ID=opportunity, FOR_OPPORTUNITY_STATE="WON")
    return [
        Change("a contact was created", "contacts", has(CONTACT_ID=new, LAST_NAME="Newcomer")),
        Change("a contact got another title", "contacts", has(CONTACT_ID=contact, TITLE="Promoted by the demo")),
        Change("a contact was tagged", "contact_tags", has(CONTACT_ID=tagged, TAG_NAME="Demo")),
        Change("a lead was converted", "leads", has(LEAD_ID=lead, CONVERTED=True, CONVERTED_CONTACT_ID=converted)),
        Change("... which made a contact", "contacts", has(CONTACT_ID=converted)),
        Change("an opportunity was won", "opportunities", has(OPPORTUNITY_ID=opportunity, OPPORTUNITY_STATE="WON")),
        Change("... which its history shows", "opportunity_state_history", won),
        Change("a custom field of a project was set", "projects", has(Hobby__c="Set by the demo")),
        Change("a note was commented", "note_comments", has(COMMENT_ID=comment, NOTE_ID=note)),
        Change("an e-mail was sent", "emails", has(EMAIL_ID=email)),
        Change("a task was completed", "tasks", has(TASK_ID=task, COMPLETED=True)),
        Change("a record of a custom object was edited", FRUIT, has(RECORD_ID=fruit, RECORD_NAME="Edited by the demo")),
        Change(
            "a pipeline was renamed: such lists are read in full",
            "pipelines",
            has(PIPELINE_ID=pipeline, PIPELINE_NAME="Renamed by the demo"),
        ),
        Change("an organisation was deleted", "deletions", has(stream="organisations", id=organisation)),
    ]


def stream_of(request: RecordedRequest) -> str:
    if request.query.get("brief"):
        return "deletions"
    path = "/CustomFields" if request.path.startswith("/CustomFields/") else request.path
    return next((one.name for shape, one in SHAPES if shape.fullmatch(path)), "")


INSIGHTLY = Show(
    vendor="insightly",
    simulator=ACCOUNT,
    change=change,
    stream_of=stream_of,
    polled=(Polled("contacts", "contacts", "CONTACT_ID"), Polled("leads", "leads", "LEAD_ID")),
    settings={"detect_deletions": True},
)
