"""The command `poll`."""

import argparse
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.errors import Stopped, configuration_error
from crm_source.polling.beat import ADDED, Beat, told_health
from crm_source.polling.delivery import CALLBACK, Delivery
from crm_source.polling.metrics import Metrics
from crm_source.polling.notification import MAX_BODY
from crm_source.polling.outbox import Outbox
from crm_source.polling.parked import Desk, entries_of, lines_of, listed, wish
from crm_source.polling.plan import MOST_BYTES, MOST_QUEUED, Plan
from crm_source.polling.polled import polled_of
from crm_source.polling.poller import Poller
from crm_source.polling.state_file import StateFile
from crm_source.polling.storage import InUse
from crm_source.signals import Interrupt
from crm_source.source import CrmSource

LOGGER = logging.getLogger("airbyte")
QUEUE = ".queue"  # added to the path of the state file
Tell = Callable[[str], None]


def add_options(found: argparse.ArgumentParser) -> None:
    add = found.add_argument
    add("--config", help="path to the configuration, which says what to poll and to tell")
    add("--state", required=True, help="path to the state file; it is made when it is not there")
    add("--queue", help="path to the queue of notifications; by default that of the state, and .queue")
    add("--once", action="store_true", help="poll once, for a scheduler, and exit with 1 when not all went well")
    add("--allow-private-callback", action="store_true", help="let the callback be on a private or loopback address")
    add("--retry-factor", type=float, default=1.0, help="makes the waits between tries longer or shorter, for tests")
    add("--max-body", type=_positive, default=MAX_BODY, metavar="BYTES", help="of a notification; 1000000 by default")
    add("--max-queue", type=_positive, default=MOST_QUEUED, metavar="N", help="notifications after which polls stop")
    add("--max-queue-bytes", type=_positive, default=MOST_BYTES, metavar="BYTES", help="of the queue, after which too")
    add("--metrics", default="", metavar="FILE", help="write metrics for Prometheus there, after each poll")
    add("--metrics-port", type=int, metavar="PORT", help="serve them on 127.0.0.1")
    instead = found.add_mutually_exclusive_group()
    instead.add_argument("--healthy", action="store_true", help="only exit with 0 when a poller of this state is alive")
    instead.add_argument("--parked", action="store_true", help="only list the notifications that are parked")
    instead.add_argument("--drop", metavar="ID", help="only give a notification up")


def _positive(text: str) -> int:
    if (number := int(text)) <= 0:
        raise ValueError
    return number


def asked(options: argparse.Namespace, tell: Tell) -> int | None:
    """The exit code where something is asked of a poller's files; None where it is to poll."""
    queue = options.queue or options.state + QUEUE
    if options.healthy:
        is_healthy, sentence = told_health(options.state + ADDED)
        tell(sentence)
        return 0 if is_healthy else 1
    if options.parked:
        for line in lines_of(_parked(queue)):
            tell(line)
        return 0
    if options.drop:
        return _drop(queue, options.drop, tell)
    if not options.config:
        raise configuration_error("Give the path of the configuration: --config.")
    return None


def _parked(queue: str) -> list[dict[str, Any]]:
    try:
        with Outbox(queue) as outbox:
            return entries_of(outbox)
    except InUse:
        return listed(queue)


def _drop(queue: str, notification_id: str, tell: Tell) -> int:
    try:
        with Outbox(queue) as outbox:
            is_there = outbox.drop(notification_id)
    except InUse:
        wish(queue, notification_id)
        tell(f"The poller that is running gives {notification_id} up within half a minute; its log says so.")
        return 0
    tell(f"Notification {notification_id} {'is given up' if is_there else 'is not in the queue'}.")
    return 0 if is_there else 1


def poll(source: CrmSource, config: Mapping[str, Any], given: Mapping[str, Any], options: argparse.Namespace) -> int:
    """Run the poller; the exit code. `config` is normalised and checked, `given` is the file's own JSON.

    Ends once `source.stop` is set, or by an Interrupt, after what is found is kept. Raises configuration errors.
    """
    delivery = _delivery(config, options.allow_private_callback)
    plan = _plan(source, config, given, options)
    queue = options.queue or options.state + QUEUE
    try:
        with Outbox(queue) as outbox:
            poller = Poller(
                source,
                plan,
                StateFile(options.state),
                outbox,
                delivery,
                source.stop,
                _metrics(options),
                Desk(queue),
                Beat("" if options.once else options.state + ADDED),
            )
            poller.start()
            if options.once:
                return 0 if poller.run_once() else 1
            poller.run()
    except (Stopped, Interrupt):  # whatever was not kept yet is found again
        if options.once:
            return 1
    LOGGER.info("The poller was told to stop.")
    return 0


def _plan(source: CrmSource, config: Mapping[str, Any], given: Mapping[str, Any], options: argparse.Namespace) -> Plan:
    settings = source.settings(config)
    return Plan(
        config=config,
        instance=given if "configuration" in given else {},
        resources=polled_of(source, config),
        interval=timedelta(minutes=config["event_poller_refresh_interval"]),
        lookback=settings.lookback,
        starts_now=settings.start_date is None,
        retry_factor=options.retry_factor,
        max_body=options.max_body,
        max_queue=options.max_queue,
        max_queue_bytes=options.max_queue_bytes,
    )


def _metrics(options: argparse.Namespace) -> Metrics:
    try:
        return Metrics(options.metrics, options.metrics_port)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise _no_port(options.metrics_port, why) from error


def _no_port(port: int, why: object) -> AirbyteTracedException:
    return configuration_error(f"--metrics-port: {port} cannot be listened at: {why}. Give another one.")


def _delivery(config: Mapping[str, Any], allow_private: bool) -> Delivery:
    if not config.get("event_notification_enabled"):
        raise configuration_error("event_notification_enabled is false: set it to true to be told of changes.")
    if config.get("event_vendor_type") == "webhook":
        raise configuration_error("event_vendor_type: this connector polls. Set it to polling; no webhooks are set up.")
    if not config.get(CALLBACK):
        raise configuration_error(f"Missing from the configuration: {CALLBACK}.")
    return Delivery(
        config[CALLBACK],
        config.get("event_notification_signature_key", ""),
        config.get("event_notification_basic_username", ""),
        config.get("event_notification_basic_password", ""),
        allow_private,
    )
