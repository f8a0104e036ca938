"use strict";

const calls = document.getElementById("calls");

SwaggerUIBundle({
  url: calls.dataset.schema,
  domNode: calls,
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
  displayRequestDuration: true,
});
