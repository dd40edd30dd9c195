"""What rows are made from: the seed, the switches, and the ids that references may point to."""

from random import Random
from typing import Any

from simulators.connectwise.catalog import MODELS
from simulators.connectwise.options import Options
from simulators.connectwise.references import TARGETS
from simulators.connectwise.store import Entry, Store

# Two slashes behind the version, as in the cloud.
HREF = "https://na.myconnectwise.net/v4_6_release/apis/3.0/"
MOST_TARGETS = 200


class World:
    def __init__(self, seed: int, store: Store, options: Options, compact: bool) -> None:
        self.seed = seed
        self.store = store
        self.options = options
        self.compact = compact
        self._targets: dict[str, list[tuple[int, str]]] = {}

    def settle(self) -> None:
        """References point to rows that are there now; when these are deleted, they point to nothing."""
        for name in TARGETS.values():
            entries = self.store.table(name).by_id
            chosen = entries[:: max(1, len(entries) // MOST_TARGETS)]
            self._targets[name] = [(entry.id, href(entry)) for entry in chosen]

    def ids(self, name: str) -> list[int]:
        return [id_ for id_, _ in self._targets.get(name, [])]

    def refer(self, random: Random, model: str) -> dict[str, Any]:
        """A reference; now and then it is empty or has no id (6.1)."""
        noun = model.removesuffix("Reference")
        label = noun[0].lower() + noun[1:]
        luck = random.random()
        targets = self._targets.get(TARGETS.get(model, ""))
        id_, link = random.choice(targets) if targets else (random.randrange(1, 60), f"{HREF}/system/{label}s/0")
        if luck < 0.02:
            return {}
        if luck < 0.04:
            return {"_info": {f"{label}_href": link.rpartition("/")[0] + "/"}}
        found: dict[str, Any] = {}
        for name, type_ in MODELS[model].items():
            if type_[0] == "+":
                if not self.options.newer_fields:
                    continue
                type_ = type_[1:]
            if name == "id":
                found["id"] = id_
            elif name in ("name", "summary"):
                found[name] = f"{noun} {id_}"
            elif name == "identifier":
                found[name] = f"{noun.lower()}{id_}"
            elif type_ == "boolean":
                found[name] = id_ % 2 == 0
            elif type_ in ("integer", "number"):
                found[name] = id_ % 10
            elif type_ != "info":
                found[name] = f"{name} {id_ % 5}"
        if "_info" in MODELS[model] and not self.compact:
            found["_info"] = {f"{label}_href": link}
            if model in ("SiteReference", "ContactReference", "CompanyReference"):
                found["_info"]["mobileGuid"] = f"00000000-0000-4000-8000-{id_:012}"
        return found


def href(entry: Entry) -> str:
    path = entry.spec.path.replace("{parent}", str(entry.owner)).replace("{grandparent}", "0")
    return f"{HREF}{path}/{entry.id}"
