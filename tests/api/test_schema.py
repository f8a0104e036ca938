"""The description in OpenAPI, and the answers held against it."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from config.wsgi import application
from tests import builders
from tests.api.conftest import Caller
