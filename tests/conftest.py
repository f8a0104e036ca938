"""What the tests share: the whole desk as processes, a real browser, the media that prove the checks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import TransactionTestCase
from django.utils import translation
from playwright.sync_api import Browser, Page, sync_playwright

from tests import buckets, desks, servers, superuser, system
from tests.settings import DATA_DIR

REQUIRE_ALL = bool(os.environ.get("CORROBORATE_REQUIRE_ALL"))
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_unconfigure() -> None:
    """The data folder goes with the process that it was made for."""
    shutil.rmtree(DATA_DIR, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the database are run on both databases; tests of one desk stay in one process."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or fixtures & DATABASE_FIXTURES:
            item.add_marker("database")
        if "desk" in fixtures:
            item.add_marker("desk")
        if item.get_closest_marker("desk"):
            given = item.callspec.params if hasattr(item, "callspec") else {}
            setup = given.get("desk", given.get("scene"))
            item.add_marker(pytest.mark.xdist_group(f"desk {setup}"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Where everything is required, what was skipped has failed."""
    outcome = yield
    _insist(outcome.get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    """As for a test, so for a file of tests that skips itself."""
    outcome = yield
    _insist(outcome.get_result())


def _insist(report: Any) -> None:
    if REQUIRE_ALL and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped, though everything is required here: {report.longrepr}"


@pytest.fixture(autouse=True)
def in_the_language_of_the_desk(settings) -> None:
    """A page that a test fetched leaves its language behind in the thread: none begins in another's."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(scope="session", autouse=True)
def emptied_by_a_superuser() -> Iterator[None]:
    """Between tests the tables are emptied, which the database refuses to anybody else."""
    emptied = TransactionTestCase._fixture_teardown

    def teardown(case: TransactionTestCase) -> None:
        with superuser.without_triggers():
            emptied(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)
        yield


@pytest.fixture(scope="session")
def media_folder() -> Path:
    """The folder with ``media/`` and ``hostile/`` that CORROBORATE_MEDIA names; never copied, only read."""
    folder = Path(os.environ.get("CORROBORATE_MEDIA") or "/nonexistent")
    if not (folder / "media").is_dir():
        pytest.skip("CORROBORATE_MEDIA names no folder with the test media.")
    return folder


@pytest.fixture
def triggers_off(db: None) -> Iterator[None]:
    """The test has a superuser's power over the database."""
    with superuser.without_triggers():
        yield


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> Path:
    """An empty store of the test's own."""
    settings.STORAGE_FOLDER = tmp_path / "media"
    return settings.STORAGE_FOLDER


@pytest.fixture(scope="session")
def s3_server() -> Iterator[servers.Server]:
    """An S3 server, started when the first test asks for it."""
    with servers.s3() as server:
        yield server


@pytest.fixture
def bucket(settings: Any, tmp_path: Path, s3_server: servers.Server) -> buckets.Bucket:
    """An empty store of the test's own, in a bucket."""
    settings.STORAGE_FOLDER = tmp_path / "media"
    made = buckets.make(s3_server)
    settings.STORAGE_BUCKET = made.settings
    return made


@pytest.fixture(params=["folder", "bucket"])
def either_store(request: pytest.FixtureRequest) -> Any:
    """An empty store of the test's own, once in a folder and once in a bucket."""
    return request.getfixturevalue({"folder": "store"}.get(request.param, request.param))


@pytest.fixture(scope="session", params=desks.SETUPS)
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[desks.Desk]:
    """A whole desk with the demo case, once in each set-up; one only, with ``parametrize(indirect=True)``.

    It is shared: a test that hurts its desk starts one of its own, with ``desks.SETUPS``.
    """
    if request.param != "embedded" and not (system.postgresql() and system.redis_server()):
        pytest.skip("PostgreSQL or Redis is not on this machine.")
    folder = tmp_path_factory.mktemp("desk") / "var"
    with desks.SETUPS[request.param](folder) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, which reaches nothing but what a test asks it for."""
    path = system.chromium()
    if path is None:
        pytest.skip("Chromium is not on this machine.")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps a loop running in this thread.
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh, empty browser profile."""
    context = browser.new_context()
    yield context.new_page()
    context.close()
