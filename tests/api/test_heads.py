"""Partners can keep the heads of the custody record, which tell them nothing else."""

from __future__ import annotations

import json

from claims import heads, verify_record
from tests import builders


def test_a_partner_pulls_every_head_once_and_goes_on_where_it_was(partner, case):
    for _ in range(5):
        heads.sign()
    first = partner.get("custody/heads/", page_size=3).json()
    rest = partner.get("custody/heads/", cursor=first["next_cursor"]).json()
    assert [each["number"] for each in first["results"] + rest["results"]] == [1, 2, 3, 4, 5]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert partner.get("custody/heads/", cursor=rest["next_cursor"]).json()["results"] == []
    heads.sign()
    news = partner.get("custody/heads/", cursor=rest["next_cursor"]).json()["results"]
    assert [each["number"] for each in news] == [6]


def test_what_a_partner_keeps_is_what_a_witness_needs(partner, case):
    head = heads.sign()
    (kept,) = partner.get("custody/heads/").json()["results"]
    assert kept == heads.document_of(head)
    assert verify_record.is_signed(kept)
    assert list(heads.witness_breaks([kept])) == []


def test_heads_name_no_case(partner, case):
    other = builders.make_case()
    heads.sign()
    answer = partner.get("custody/heads/").json()
    assert set(answer["results"][0]) == {*verify_record.HEAD, "hash", "signature"}
    for secret in (str(case.pk), case.slug, str(other.pk), other.slug):
        assert secret not in json.dumps(answer)


def test_a_cursor_of_another_feed_is_refused(partner, case):
    cursor = partner.get("verdicts/changes/").json()["next_cursor"]
    assert partner.get("custody/heads/", cursor=cursor).status_code == 400
