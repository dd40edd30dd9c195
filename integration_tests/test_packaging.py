"""What Airbyte's catalog, a registry of images and a user are told of each source agrees with the source."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from airbyte_cdk.utils.yaml_loader import safe_load_yaml
from jsonschema import Draft7Validator, FormatChecker
from tables import no

from connector import Json, run
from vendors import VENDORS, Vendor

HERE = Path(__file__).parent
FOLDERS = sorted(path.parent for path in HERE.parent.glob("source-*/pyproject.toml"))
every_source = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
# The order that Airbyte's checks of documentation want.
SECTIONS = [
    "Prerequisites",
    "Setup guide",
    "Supported sync modes",
    "Supported Streams",
    "Performance considerations",
    "Limitations & Troubleshooting",
    "Changelog",
]


def vendor_of(folder: Path) -> Vendor:
    (vendor,) = (vendor for vendor in VENDORS if vendor.script == folder.name)
    return vendor


def project_of(folder: Path) -> Json:
    project: Json = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    return project


def metadata_of(folder: Path) -> Json:
    metadata: Json = safe_load_yaml((folder / "metadata.yaml").read_text())
    return metadata


def spec_of(folder: Path) -> Json:
    spec: Json = next(run(vendor_of(folder).source(), "spec").of("SPEC"))["spec"]["connectionSpecification"]
    return spec


def docs_of(folder: Path) -> str:
    return (folder / "docs" / f"{folder.name.removeprefix('source-')}.md").read_text()


def section(docs: str, title: str) -> str:
    return docs.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_table(text: str) -> list[dict[str, str]]:
    """The rows of the first Markdown table, by the titles of its columns."""
    table = next(part for part in re.split(r"\n\s*\n", text) if part.lstrip().startswith("|"))
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split(" |")] for line in table.strip().splitlines())
    return [dict(zip(head, row, strict=True)) for row in rows]


def in_dockerfile(folder: Path, instruction: str) -> dict[str, str]:
    lines = re.findall(rf"^{instruction} (.*)$", (folder / "Dockerfile").read_text(), re.MULTILINE)
    return dict(re.findall(r'([\w.]+)="([^"]*)"', " ".join(lines)))


@every_source
def test_the_version_is_the_same_everywhere(folder: Path) -> None:
    changelog = re.search(r"^## (\S+) \((\S+)\)$", (folder / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert changelog
    newest = first_table(section(docs_of(folder), "Changelog"))[0]
    version = project_of(folder)["version"]
    assert metadata_of(folder)["data"]["dockerImageTag"] == version
    labels = in_dockerfile(folder, "LABEL")
    assert labels["io.airbyte.version"] == labels["org.opencontainers.image.version"] == version
    assert changelog.groups() == (version, newest["Date"])
    assert newest["Version"] == version


@every_source
def test_the_image_is_named_and_started_as_airbyte_wants(folder: Path) -> None:
    data = metadata_of(folder)["data"]
    assert in_dockerfile(folder, "LABEL")["io.airbyte.name"] == data["dockerRepository"] == f"crm-sources/{folder.name}"
    entry_points = re.findall(r"^ENTRYPOINT (.*)$", (folder / "Dockerfile").read_text(), re.MULTILINE)
    command = " ".join(json.loads(entry_points[-1]))
    assert in_dockerfile(folder, "ENV")["AIRBYTE_ENTRYPOINT"] == command
    assert Path(command).name == folder.name
    assert folder.name in project_of(folder)["scripts"]


@every_source
def test_the_image_says_what_it_is(folder: Path) -> None:
    labels, project = in_dockerfile(folder, "LABEL"), project_of(folder)
    told = {key.removeprefix("org.opencontainers.image."): value for key, value in labels.items()}
    assert told["title"] == folder.name
    assert (told["description"], told["licenses"]) == (project["description"], project["license"])
    assert told["base.name"] == "$BASE"
    assert re.search(r"(?m)^ARG BASE=[\w.:-]+@sha256:[0-9a-f]{64}$", (folder / "Dockerfile").read_text())


@pytest.mark.parametrize("digest", [f"sha256:{'0af' * 21}9", ""], ids=["known", "unknown"])
def test_the_base_is_pinned_by_the_digest_that_its_registry_names(digest: str, tmp_path: Path) -> None:
    before = {folder.name: (folder / "Dockerfile").read_text() for folder in FOLDERS}
    for name in ("docker/pin", *(f"{folder.name}/Dockerfile" for folder in FOLDERS)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(HERE.parent / name, tmp_path / name)
    engine = tmp_path / "bin" / "docker"
    engine.parent.mkdir()
    engine.write_text(f"#!/bin/sh\n[ $1 = pull ] || echo '{digest and f'python@{digest}'}'\n")
    engine.chmod(0o755)
    path = f"{engine.parent}:/usr/bin:/bin"
    for _ in range(2):  # and once more, where one is pinned already
        done = subprocess.run(
            ["docker/pin"], cwd=tmp_path, env={"PATH": path}, capture_output=True, text=True, check=False
        )
        assert done.returncode == (0 if digest else 1), done.stderr
        for name, text in before.items():
            pinned = re.sub(r"(?m)^(ARG BASE=[\w.:-]+).*", rf"\1@{digest}", text) if digest else text
            assert (tmp_path / name / "Dockerfile").read_text() == pinned
    assert digest or "no digest" in done.stderr


@every_source
def test_no_name_is_one_that_somebody_else_has(folder: Path) -> None:
    """On the public indexes there are other packages and images by the name of some of the sources."""
    name = f"crm-sources-{folder.name.removeprefix('source-')}"
    assert project_of(folder)["name"] == name
    assert metadata_of(folder)["data"]["remoteRegistries"]["pypi"] == {"enabled": False, "packageName": name}
    assert re.findall(r"\bairbyte/source-\w+", (folder / "README.md").read_text()) == []


@every_source
def test_the_metadata_is_valid(folder: Path) -> None:
    schema = json.loads((HERE / "connector_metadata.schema.json").read_text())
    # Dates and addresses stay text, as in the registry.
    metadata = json.loads(json.dumps(metadata_of(folder), default=str))
    validator = Draft7Validator(schema, format_checker=FormatChecker())
    assert not [f"{error.json_path}: {error.message}" for error in validator.iter_errors(metadata)]
    data = metadata["data"]
    assert {"language:python", "cdk:python"} <= set(data["tags"])
    assert data["license"] == project_of(folder)["license"]
    assert data["githubIssueLabel"] == folder.name


def test_each_source_has_an_id_of_its_own() -> None:
    ids = [metadata_of(folder)["data"]["definitionId"] for folder in FOLDERS]
    assert len(set(ids)) == len(FOLDERS) > 0


@every_source
def test_the_metadata_names_what_the_source_has(folder: Path) -> None:
    data = metadata_of(folder)["data"]
    streams = [resource.name for resource in vendor_of(folder).source().resources]
    suggested = data["suggestedStreams"]["streams"]
    assert suggested
    assert len(set(suggested)) == len(suggested)
    assert set(suggested) <= set(streams)
    in_hosts = re.findall(r"\$\{([^}]*)}", " ".join(data["allowedHosts"]["hosts"]))
    assert set(in_hosts) == {name for name, about in spec_of(folder)["properties"].items() if about.get("x-base-url")}


@every_source
def test_the_icon_is_a_square(folder: Path) -> None:
    data = metadata_of(folder)["data"]
    icon = ElementTree.parse(folder / data["icon"]).getroot()
    assert icon.tag == "{http://www.w3.org/2000/svg}svg"
    left, top, width, height = map(float, icon.attrib["viewBox"].split())
    assert (left, top) == (0, 0)
    assert width == height > 0
    assert icon.attrib["width"] == icon.attrib["height"]


@every_source
def test_the_docs_have_the_sections_of_airbytes_docs(folder: Path) -> None:
    docs, name = docs_of(folder), metadata_of(folder)["data"]["name"]
    assert docs.startswith(f"# {name}\n")
    assert re.findall(r"^## (.*)$", docs, re.MULTILINE) == SECTIONS
    assert re.findall(r"^### (.*)$", section(docs, "Setup guide"), re.MULTILINE)[:2] == [
        f"Set up {name}",
        f"Set up the {name} connector in Airbyte",
    ]
    assert not re.findall(r"^###", section(docs, "Supported sync modes"), re.MULTILINE)
    for title, summary in ((SECTIONS[-2], f"Expand to see details about {name}"), (SECTIONS[-1], "Expand to review")):
        text = section(docs, title)
        assert re.match(rf"\s*<details>\s*<summary>\s*{summary}", text)
        assert text.rstrip().endswith("</details>")


@every_source
def test_the_prerequisites_name_every_required_entry(folder: Path) -> None:
    spec = spec_of(folder)
    prerequisites = section(docs_of(folder), "Prerequisites")
    for name in spec["required"]:
        assert f"`{name}`" in prerequisites
        assert spec["properties"][name]["title"].lower() in prerequisites.lower()


@every_source
def test_the_docs_list_every_entry_of_the_configuration(folder: Path) -> None:
    listed = {row["name"].strip("`"): row["default"] for row in first_table(section(docs_of(folder), "Setup guide"))}
    spec = spec_of(folder)
    known = {}
    for name, about in spec["properties"].items():
        default = about.get("default")
        text = default if isinstance(default, str) else json.dumps(default)
        known[name] = "required" if name in spec["required"] else "\N{EN DASH}" if default is None else f"`{text}`"
    differing = sorted({*listed.items()} ^ {*known.items()})
    no(f"{'only in the docs' if row in listed.items() else 'not in the docs'}: {' | '.join(row)}" for row in differing)


@every_source
@pytest.mark.usefixtures("unpaced")
def test_the_docs_list_every_stream_as_discover_does(folder: Path) -> None:
    vendor = vendor_of(folder)
    sim = vendor.simulator(2)
    with sim.serve() as url:
        streams = run(vendor.source(), "discover", vendor.config(sim, url)).streams
    known = []
    for name in (resource.name for resource in vendor.source().resources):  # custom objects are each account's own
        stream = streams[name]
        key = ", ".join(f"`{path[0]}`" for path in stream.get("source_defined_primary_key", ()))
        is_incremental = "incremental" in stream["supported_sync_modes"]
        known.append((f"`{name}`", key, f"`{stream['default_cursor_field'][0]}`" if is_incremental else "full refresh"))
    table = first_table(section(docs_of(folder), "Supported Streams"))
    listed = [(row["stream"], row["primary key"], row["cursor"]) for row in table]
    differing = sorted({*listed} ^ {*known})
    no(f"{'only in the docs' if row in listed else 'not in the docs'}: {' | '.join(row)}" for row in differing)
    assert [name for name, *_ in listed] == [name for name, *_ in known]
    assert len(re.findall(rf"\b{len(known)} streams\b", docs_of(folder))) > 0


@every_source
def test_links_inside_the_docs_lead_somewhere(folder: Path) -> None:
    for path in (folder / "README.md", *(folder / "docs").glob("*.md")):
        links = re.findall(r"\]\(((?!https?:)[^)]+)\)", path.read_text())
        assert links
        for link in links:
            target, _, anchor = link.partition("#")
            other = (path.parent / target) if target else path
            assert other.exists(), link
            if anchor:
                titles = re.findall(r"^#+ (.*)$", other.read_text(), re.MULTILINE)
                anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
                assert anchor in anchors, link
