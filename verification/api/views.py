"""The calls of the partners' API: each reads what was published, for the cases of the caller's key."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from claims import heads
from claims.actors import Actor
from claims.models import Case, CustodyHead
from verification.api import filters, pages, serializers
from verification.api.authentication import HasScope, KeyAuthentication, KeyThrottle
from verification.api.schema import call
from verification.models import FeedEntry, Scope, Verdict
from verification.models.over_cases import first_of
from verification.models.verdicts import EVER_PUBLISHED
from verification.partners import documents, evidence

HEADS = "heads"


class PartnerView(APIView):
    """A call that needs a key with ``scope``; its answers are the caller's alone and carry an ETag."""

    authentication_classes = [KeyAuthentication]
    permission_classes = [HasScope]
    throttle_classes = [KeyThrottle]
    metadata_class = None
    http_method_names = ["get", "head"]
    scope = Scope.VERDICTS_READ

    @property
    def actor(self) -> Actor:
        """The partner whose key came with the request; without one, nobody gets this far."""
        actor = self.request.auth
        assert isinstance(actor, Actor)
        return actor

    def finalize_response(  # type: ignore[override]
        self, request: Request, response: Response, *args: Any, **kw: Any
    ) -> HttpResponseBase:
        """The answer with its headers, or 304 where the caller has it already."""
        found: HttpResponse = super().finalize_response(request, response, *args, **kw)
        found["Cache-Control"] = "private, no-cache"
        patch_vary_headers(found, ["Authorization"])
        if found.status_code == 200:
            found["ETag"] = f'W/"{documents.digest(response.data)}"'
            found = get_conditional_response(request._request, etag=found["ETag"], response=found) or found
        if allowance := getattr(request, "allowance", None):
            for name, value in allowance.headers().items():
                found[name] = value
        return found


class VerdictList(PartnerView):
    """The verdicts that stand before the public, and the retractions."""

    @call("list_verdicts", serializers.page_of(serializers.VerdictSerializer), query=filters.VerdictQuery)
    def get(self, request: Request) -> Response:
        """The published verdicts, newest first."""
        asked = filters.read(filters.VerdictQuery, request)
        found = filters.verdicts(Verdict.objects.visible_to(self.actor).current(), asked)
        return _page_of_verdicts(request, found, asked)


class ChangeFeed(PartnerView):
    """What happened to verdicts, in commit order."""

    @call("list_changes", serializers.ChangesSerializer, query=filters.FeedQuery)
    def get(self, request: Request) -> Response:
        """The changes after the cursor, oldest first."""
        asked = filters.read(filters.FeedQuery, request)
        since = pages.sequence_of(asked["cursor"]) if "cursor" in asked else 0
        size = asked["page_size"]
        after = FeedEntry.objects.filter(sequence__gt=since).values_list("sequence", "change", "document")
        found = list(first_of(after, Case.objects.visible_to(self.actor), "sequence", size + 1))
        changes = [dict(zip(("sequence", "change", "verdict"), each, strict=True)) for each in found[:size]]
        last = changes[-1]["sequence"] if changes else since
        return Response(
            {
                "results": changes,
                "next_cursor": pages.sequence_cursor(last),
                "has_more": len(found) > size,
            }
        )


class HeadFeed(PartnerView):
    """The signed heads of the custody record, for partners to keep as witnesses."""

    @call("list_heads", serializers.HeadsSerializer, query=filters.FeedQuery)
    def get(self, request: Request) -> Response:
        """The heads after the cursor, oldest first."""
        asked = filters.read(filters.FeedQuery, request)
        since = pages.sequence_of(asked["cursor"], HEADS) if "cursor" in asked else 0
        size = asked["page_size"]
        after = CustodyHead.objects.filter(number__gt=since).defer("leaves").order_by("number")
        found = list(after[: size + 1])
        results = [heads.document_of(head) for head in found[:size]]
        last = results[-1]["number"] if results else since
        return Response(
            {
                "results": results,
                "next_cursor": pages.sequence_cursor(last, HEADS),
                "has_more": len(found) > size,
            }
        )


class VerdictDetail(PartnerView):
    """One verdict."""

    @call("get_verdict", serializers.VerdictSerializer)
    def get(self, request: Request, id: UUID) -> Response:
        """The verdict as it stands now."""
        newest = get_object_or_404(_versions(self.actor, id).order_by("-version")[:1])
        return Response(newest.document)


class VerdictVersions(PartnerView):
    """Every version of one verdict."""

    @call("list_versions", serializers.page_of(serializers.VerdictSerializer), query=filters.PageQuery)
    def get(self, request: Request, id: UUID) -> Response:
        """Every version that was ever published, newest first."""
        asked = filters.read(filters.PageQuery, request)
        found = _versions(self.actor, id)
        get_object_or_404(found[:1])
        return _page_of_verdicts(request, found, asked)


class ClaimList(PartnerView):
    """The claims of the caller's cases."""

    @call("list_claims", serializers.page_of(serializers.ClaimSerializer), query=filters.ClaimQuery)
    def get(self, request: Request) -> Response:
        """The claims, newest first, each with its current verdict where there is one."""
        asked = filters.read(filters.ClaimQuery, request)
        found = filters.claims(evidence.published_claims(self.actor), asked)
        page = pages.page_of(found, by="created_at", cursor=asked.get("cursor", ""), size=asked["page_size"])
        return Response(page.body(request, [evidence.claim_page(each) for each in page.rows]))


class ClaimDetail(PartnerView):
    """One claim."""

    @call("get_claim", serializers.ClaimSerializer)
    def get(self, request: Request, id: UUID) -> Response:
        """The claim with its current verdict, where there is one."""
        claim = get_object_or_404(evidence.published_claims(self.actor), pk=id)
        return Response(evidence.claim_page(claim))


class EvidenceDetail(PartnerView):
    """One evidence item that a published verdict stands on."""

    scope = Scope.EVIDENCE_READ

    @call("get_evidence", serializers.EvidenceSerializer)
    def get(self, request: Request, id: UUID) -> Response:
        """What was decided and found, the hashes, and the copies that are published too."""
        found = evidence.published_evidence(self.actor).select_related("media_file")
        page = evidence.evidence_page(self.actor, get_object_or_404(found, pk=id))
        if page is None:
            raise Http404
        return Response(page)


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 description of these calls; needs no key."""
    return JsonResponse(SchemaGenerator().get_schema(public=True))


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """A page to read the description and to try the calls; needs no key."""
    return render(request, "api/docs.html")


def _versions(actor: Actor, id: UUID) -> QuerySet[Verdict]:
    """Every version that was ever published of the verdict that any of its ids names."""
    named = Verdict.objects.visible_to(actor).filter(pk=id, state__in=EVER_PUBLISHED)
    return Verdict.objects.filter(claim__in=named.values("claim"), state__in=EVER_PUBLISHED)


def _page_of_verdicts(request: Request, found: QuerySet[Verdict], asked: dict[str, Any]) -> Response:
    page = pages.page_of(
        found.only("published_at", "document"),
        by="published_at",
        cursor=asked.get("cursor", ""),
        size=asked["page_size"],
    )
    return Response(page.body(request, [each.document for each in page.rows]))
