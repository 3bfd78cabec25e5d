// Starts GraphiQL on the page served at /graphql. It is a file and not an inline script, so that
// the page's content security policy can refuse every inline script.
"use strict";

(function () {
  const socketScheme = location.protocol === "https:" ? "wss:" : "ws:";
  const send = GraphiQL.createFetcher({
    url: "/graphql",
    subscriptionUrl: `${socketScheme}//${location.host}/graphql/ws`,
    headers: { accept: "application/graphql-response+json, application/json" },
    enableIncrementalDelivery: false,
  });

  const token = tokenFromLink();
  const linkHeaders = token ? { authorization: `Bearer ${token}` } : {};

  // What the headers editor holds goes with every request, and for subscriptions becomes the
  // payload of `connection_init`. Header names are in lower case there, because that payload is
  // JSON, where "Authorization" and "authorization" would be two different keys.
  function fetcher(request, options) {
    const headers = {};
    for (const [name, value] of Object.entries(options?.headers ?? linkHeaders)) {
      headers[name.toLowerCase()] = value;
    }
    return send(request, { ...options, headers });
  }

  // A link ending in "#token=…" fills in the token. A fragment never reaches a server or its
  // logs, and it is taken off the address at once, so that it does not stay in the history.
  function tokenFromLink() {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (token) {
      history.replaceState(null, "", location.pathname + location.search);
    }
    return token;
  }

  const welcome = [
    "# Welcome to servicedesk.",
    "#",
    "# Your token goes into the Headers tab below:",
    '#   { "authorization": "Bearer YOUR-TOKEN" }',
    "#",
    "# Ctrl-Enter runs, Ctrl-Space completes.",
    "# Top left: the schema with its descriptions.",
    "",
    "query Hello {",
    "  viewer {",
    "    __typename",
    "  }",
    "}",
    "",
  ].join("\n");

  const options = { fetcher, defaultQuery: welcome };
  if (token) {
    const headers = JSON.stringify(linkHeaders, null, 2);
    options.headers = headers;
    options.defaultHeaders = headers;
    options.defaultEditorToolsVisibility = "headers";
  }
  ReactDOM.createRoot(document.getElementById("graphiql")).render(
    React.createElement(GraphiQL, options),
  );
})();
