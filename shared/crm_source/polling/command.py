"""The command `poll`."""

import argparse
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from crm_source.errors import Stopped, configuration_error
from crm_source.polling.delivery import CALLBACK, Delivery
from crm_source.polling.outbox import Outbox
from crm_source.polling.polled import polled_of
from crm_source.polling.poller import Plan, Poller
from crm_source.polling.state_file import StateFile
from crm_source.signals import Interrupt
from crm_source.source import CrmSource

LOGGER = logging.getLogger("airbyte")
QUEUE = ".queue"  # added to the path of the state file


def add_options(found: argparse.ArgumentParser) -> None:
    found.add_argument("--config", required=True, help="path to the configuration, which says what to poll and to tell")
    found.add_argument("--state", required=True, help="path to the state file; it is made when it is not there")
    found.add_argument("--queue", help="path to the queue of notifications; by default that of the state, and .queue")
    found.add_argument(
        "--once", action="store_true", help="poll once, for a scheduler, and exit with 1 when not all went well"
    )
    found.add_argument(
        "--allow-private-callback", action="store_true", help="let the callback be on a private or loopback address"
    )
    found.add_argument(
        "--retry-factor", type=float, default=1.0, help="makes the waits between tries longer or shorter, for tests"
    )


def poll(source: CrmSource, config: Mapping[str, Any], given: Mapping[str, Any], options: argparse.Namespace) -> int:
    """Run the poller; the exit code. `config` is normalised and checked, `given` is the file's own JSON.

    Ends once `source.stop` is set, or by an Interrupt, after what is found is kept. Raises configuration errors.
    """
    delivery = _delivery(config, options.allow_private_callback)
    settings = source.settings(config)
    plan = Plan(
        config=config,
        instance=given if "configuration" in given else {},
        resources=polled_of(source, config),
        interval=timedelta(minutes=config["event_poller_refresh_interval"]),
        lookback=settings.lookback,
        starts_now=settings.start_date is None,
        retry_factor=options.retry_factor,
    )
    try:
        with Outbox(options.queue or options.state + QUEUE) as outbox:
            poller = Poller(source, plan, StateFile(options.state), outbox, delivery, source.stop)
            poller.start()
            if options.once:
                return 0 if poller.run_once() else 1
            poller.run()
    except (Stopped, Interrupt):  # whatever was not kept yet is found again
        if options.once:
            return 1
    LOGGER.info("The poller was told to stop.")
    return 0


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
