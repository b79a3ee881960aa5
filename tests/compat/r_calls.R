# Calls of the real R package AzureML: reads where the app is from a JSON file, writes what each call came to as JSON.
given <- commandArgs(trailingOnly = TRUE)
.libPaths(c(given[[1]], .libPaths()))
suppressPackageStartupMessages(library(AzureML))
app <- jsonlite::fromJSON(given[[2]])
found <- list()
check <- function(name, call) {
  found[[name]] <<- tryCatch({
    value <- force(call)
    list(value = if (is.data.frame(value)) as.list(value) else value)
  }, error = function(e) list(error = conditionMessage(e)))
}
rows <- data.frame(age = c(30, 71), city = c("Oslo", "Kyoto"), hours = c(3.5, NA), smoker = c(TRUE, FALSE))
frame <- data.frame(number = c(1.5, NA, 3), text = c("a", "b c", "\u00e9"), stringsAsFactors = FALSE)

ws <- workspace(app$workspace, app$token, api_endpoint = app$url, management_endpoint = app$url)
all <- services(ws)
service <- all[all$Id == app$service, ]
endpoint <- endpoints(ws, service)
host <- sub("http://", "", app$url)

check("workspace", ws$id)
check("datasets", datasets(ws)$Name)
check("my datasets", datasets(ws, "my datasets")$Name)
check("sample datasets", datasets(ws, "samples")$Name)
check("upload.dataset", upload.dataset(frame, ws, name = "from the R package")$Name)
check("download.datasets", download.datasets(ws, "from the R package"))
check("delete.datasets", delete.datasets(ws, "from the R package")$Deleted)
check("samples by type", {
  samples <- datasets(ws, "samples")
  lapply(split(samples$Name, samples$DataTypeId), function(names) {
    one <- download.datasets(ws, names[[1]])
    c(class(one)[[1]], if (is.data.frame(one)) nrow(one) else length(one))
  })
})
check("experiments", experiments(ws)$Description)
check("download.intermediate.dataset", {
  id <- experiments(ws)$ExperimentId[experiments(ws)$Description == app$experiment]
  nrow(download.intermediate.dataset(ws, id, "Clean", "Cleaned dataset"))
})
check("services", service$Name)
check("services of no id", services(ws, "foo-does-not-exist"))
check("endpoints", endpoint$Name)
for (type in c("apidocument", "score", "jobs", "update")) {
  check(paste("endpointHelp", type), { help <- endpointHelp(endpoint, type); if (is.list(help)) help$swagger else nchar(help) })
}
check("endpointHelp r-snippet", {
  text <- endpointHelp(endpoint, "r-snippet")
  code <- parse(text = gsub("YOUR_KEY", endpoint$PrimaryKey, text))
  jsonlite::fromJSON(eval(code, new.env()))$Results$output1
})
check("consume a data frame", consume(endpoint, rows))
check("consume a list", consume(endpoint, list(age = 30, city = "Oslo", hours = 3.5, smoker = TRUE)))
check("consume lists", consume(endpoint, list(age = 30, city = "Oslo", hours = 3.5, smoker = TRUE),
                               list(age = 71, city = "Kyoto", smoker = FALSE)))
check("consume values", consume(endpoint, age = 30, city = "Oslo", hours = 3.5, smoker = TRUE))
check("consume a service", consume(service, rows))
check("consume raw", consume(endpoint, rows, output = NULL)$output1)
check("consume a wrong column", consume(endpoint, data.frame(age = "old", city = "x", hours = 1, smoker = TRUE)))
check("discoverSchema", {
  schema <- suppressMessages(discoverSchema(endpoint$HelpLocation[[1]], scheme = "http", host = host))
  unlist(schema$columnNames)
})
check("refresh", { refresh(ws); nrow(ws$services) })
check("publishWebService", publishWebService(ws, function(x) x + 1, "code", list(x = "numeric"), list(y = "numeric")))
cat(jsonlite::toJSON(found, auto_unbox = TRUE, digits = 16, na = "null", null = "null"))
