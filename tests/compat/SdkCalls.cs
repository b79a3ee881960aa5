// Calls of the PowerShell module's own SDK: reads where the app is from a JSON file, writes what each call came to.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Web.Script.Serialization;
using AzureML;
using AzureML.Contract;

// The SDK's sources import this namespace, which the cmdlets define.
namespace AzureML.PowerShell { class Unused { } }

static class SdkCalls
{
    static readonly JavaScriptSerializer json = new JavaScriptSerializer();
    static readonly Dictionary<string, object> found = new Dictionary<string, object>();

    static void Check(string name, Func<object> call)
    {
        try { found[name] = new Dictionary<string, object> { { "value", call() } }; }
        catch (Exception error)
        {
            var inner = error is AggregateException ? error.InnerException : error;
            var rest = inner as AmlRestApiException;
            found[name] = new Dictionary<string, object> { { "error", inner.GetType().Name + ": " + inner.Message } };
        }
    }

    static object Done(Action call) { call(); return true; }

    static void Main(string[] given)
    {
        var app = json.Deserialize<Dictionary<string, string>>(File.ReadAllText(given[0]));
        var sdk = new ManagementSDK();
        var at = new WorkspaceSetting
        {
            WorkspaceId = app["workspace"], AuthorizationToken = app["token"], Location = "South Central US"
        };
        string raw = null, copied = "Copied by the SDK " + DateTime.Now.Ticks, file = Path.GetTempFileName();
        Experiment experiment = null;

        Check("Get-AmlWorkspace", () => sdk.GetWorkspaceFromAmlRP(at).WorkspaceStatus);
        Check("Get-AmlWorkspaceUsers", () => sdk.GetWorkspaceUsers(at).Length);
        Check("Add-AmlWorkspaceUsers", () => Done(() => sdk.AddWorkspaceUsers(at, "someone@example.org", "User")));

        Check("Get-AmlDataset", () => sdk.GetDataset(at).Select(item => item.Name).ToArray());
        File.WriteAllText(file, "a,b\n1,x\n2,y\n");
        Check("Upload-AmlDataset", () =>
        {
            dynamic upload = json.Deserialize<object>(sdk.UploadResourceAsnyc(at, "GenericCSV", file).Result);
            var id = sdk.StartDatasetSchemaGen(at, "GenericCSV", (string)upload["Id"], copied, "by a test", file);
            return sdk.GetDatasetSchemaGenStatus(at, id);
        });
        Check("Download-AmlDataset", () =>
        {
            var to = file + ".csv";
            var dataset = sdk.GetDataset(at).Single(item => item.Name == copied);
            sdk.DownloadDatasetAsync(at, dataset.Id, to).Wait();
            return new[] { File.ReadAllText(to), dataset.UploadedFromFileName == Path.GetFileName(file) ? "named" : "" };
        });
        Check("Remove-AmlDataset", () =>
            Done(() => sdk.DeleteDataset(at, sdk.GetDataset(at).Single(item => item.Name == copied).FamilyId)));

        Check("Get-AmlExperiment", () => sdk.GetExperiments(at).Select(item => item.Description).ToArray());
        experiment = sdk.GetExperiments(at).Single(item => item.Description == app["experiment"]);
        Check("Get-AmlExperimentNode", () =>
        {
            sdk.GetExperimentById(at, experiment.ExperimentId, out raw);
            dynamic graph = json.Deserialize<object>(raw);
            var names = new List<string>();
            foreach (var node in graph["Graph"]["ModuleNodes"]) names.Add((string)node["Comment"]);
            return names;
        });
        Check("Layout-AmlExperiment", () =>
        {
            sdk.GraphLayoutApi = app["layout"];
            return sdk.AutoLayoutGraph(raw) != raw;
        });
        Check("Copy-AmlExperiment", () => Done(() => sdk.SaveExperimentAs(at, experiment, raw, copied)));
        Check("Start-AmlExperiment", () =>
        {
            var copy = sdk.GetExperiments(at).Single(item => item.Description == copied);
            string copyRaw;
            copy = sdk.GetExperimentById(at, copy.ExperimentId, out copyRaw);
            sdk.RunExperiment(at, copy, copyRaw);
            for (var tries = 0; tries < 120; tries++)
            {
                copy = sdk.GetExperimentById(at, copy.ExperimentId, out copyRaw);
                if (copy.Status.StatusCode == "Finished" || copy.Status.StatusCode == "Failed") break;
                Thread.Sleep(250);
            }
            return copy.Status.StatusCode;
        });
        Check("New-AmlWebService", () =>
        {
            var copy = sdk.GetExperiments(at).Single(item => item.Description == copied);
            var status = sdk.DeployWebServiceFromPredictiveExperiment(at, copy.ExperimentId, true);
            status = sdk.GetWebServiceCreationStatus(at, status.ActivityId);
            return new[] { status.Status, sdk.GetWebServicesById(at, status.WebServiceGroupId).Name };
        });
        Check("Export-AmlWebServiceDefinitionFromExperiment", () =>
        {
            dynamic definition = json.Deserialize<object>(
                sdk.ExportAmlWebServiceDefinitionFromExperiment(at, experiment.ExperimentId));
            return new[] { (string)definition["properties"]["packageType"], (string)definition["properties"]["title"] };
        });
        Check("Promote-AmlTrainedModel", () =>
        {
            sdk.PromoteUserAsset(at, experiment.ExperimentId, "Train", "Trained model", copied, "", UserAssetType.TrainedModel, null);
            return sdk.GetTrainedModels(at).Single(item => item.Name == copied).DataTypeId;
        });
        Check("Promote-AmlDataset", () =>
        {
            sdk.PromoteUserAsset(at, experiment.ExperimentId, "Clean", "Cleaned dataset", copied, "", UserAssetType.Dataset, null);
            return sdk.GetDataset(at).Single(item => item.Name == copied).DataTypeId;
        });
        Check("Get-AmlTransform", () => sdk.GetTransforms(at).Length);
        Check("Get-AmlModule", () => sdk.GetModules(at).Length);

        Check("Get-AmlWebService", () => sdk.GetWebServicesInWorkspace(at).Any(item => item.Id == app["service"]));
        Check("Add-AmlWebServiceEndpoint", () => Done(() => sdk.AddWebServiceEndpoint(at, new AddWebServiceEndpointRequest
        {
            WebServiceId = app["service"], EndpointName = "bysdk", Description = "one", ThrottleLevel = "Low",
            MaxConcurrentCalls = 4, PreventUpdate = false
        })));
        Check("Get-AmlWebServiceEndpoint", () =>
            sdk.GetWebServiceEndpointByName(at, app["service"], "bysdk").MaxConcurrentCalls);
        Check("Patch-AmlWebServiceEndpoint", () =>
        {
            sdk.PatchWebServiceEndpoint(at, app["service"], "bysdk", new Dictionary<string, object> { { "Description", "two" } });
            return sdk.GetWebServiceEndpoints(at, app["service"]).Single(item => item.Name == "bysdk").Description;
        });
        Check("Refresh-AmlWebServiceEndpoint", () => sdk.RefreshWebServiceEndPoint(at, app["service"], "bysdk", false));
        Check("Invoke-AmlWebServiceRRSEndpoint", () =>
        {
            var endpoint = sdk.GetWebServiceEndpointByName(at, app["service"], "bysdk");
            var url = endpoint.ApiLocation + "/execute?api-version=2.0&details=true";
            return sdk.InvokeRRS(url, endpoint.PrimaryKey, app["request"]);
        });
        Check("Invoke-AmlWebServiceBESEndpoint", () =>
        {
            var endpoint = sdk.GetWebServiceEndpointByName(at, app["service"], "bysdk");
            var url = endpoint.ApiLocation + "/jobs?api-version=2.0";
            var job = sdk.SubmitBESJob(url, endpoint.PrimaryKey, app["job"]);
            sdk.StartBESJob(url, endpoint.PrimaryKey, job);
            string status = "", results = "";
            for (var tries = 0; tries < 120 && status != "Finished" && status != "Failed"; tries++)
            {
                Thread.Sleep(250);
                status = sdk.GetBESJobStatus(url, endpoint.PrimaryKey, job, out results);
            }
            return status;
        });
        Check("Remove-AmlWebServiceEndpoint", () => Done(() => sdk.RemoveWebServiceEndpoint(at, app["service"], "bysdk")));
        Check("Remove-AmlExperiment", () => Done(() =>
            sdk.RemoveExperimentById(at, sdk.GetExperiments(at).Single(item => item.Description == copied).ExperimentId)));
        Check("Get-AmlAnnotation", () => sdk.GetAnnotation(at, experiment.ExperimentId).Length);
        Check("Get-AmlNotebook", () => sdk.GetNotebook(at).Length);
        Check("Get-AmlGateway", () => sdk.GetGateway(at).Length);
        Console.WriteLine(json.Serialize(found));
    }
}
