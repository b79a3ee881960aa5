"""An app whose only function answers a constant: what the host itself costs."""

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
ANSWER = b'{"Results":{"output1":{"type":"table","value":{"ColumnNames":[],"ColumnTypes":[],"Values":[]}}}}'


@app.route(route="constant", methods=["POST"])
async def constant(req: func.HttpRequest) -> func.HttpResponse:
    """Take the body and answer the constant."""
    req.get_body()
    return func.HttpResponse(ANSWER, mimetype="application/json")
