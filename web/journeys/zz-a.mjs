import { b,p,S,api,shot,link } from "./zz-tmp.mjs";
// An experiment whose titles addresses cannot hold.
const name="Odd <titles>";
const e=(await api("GET","/experiments/Tumours")).Document;
const ren={}; for(const t of Object.keys(e.modules)) ren[t]=`${t} 50 % a/b ?#`;
const d={...e,modules:Object.fromEntries(Object.entries(e.modules).map(([t,m])=>[ren[t],m])),connections:e.connections.map(({from,to})=>({from:[ren[from[0]],from[1]],to:[ren[to[0]],to[1]]}))};
delete d.layout; for (const k of ["webServiceInputs","webServiceOutputs","webServiceParameters"]) delete d[k];
await api("PUT",`/experiments/${encodeURIComponent(name)}`,d);
let [run]=await api("GET",`/experiments/${encodeURIComponent(name)}/runs?limit=1`);
if(!run) run=await api("POST",`/experiments/${encodeURIComponent(name)}/run`,{});
for(let i=0;i<60;i++){const s=await api("GET",`/experiments/${encodeURIComponent(name)}/runs/${run.RunId}`); if(["Finished","Failed"].includes(s.Status.StatusCode)){console.log(s.Status.StatusCode,s.Status.StatusDetail);break;} await new Promise(r=>setTimeout(r,1000));}
await p.goto(link); await p.getByRole("heading",{name:"Home"}).waitFor(); await p.waitForTimeout(500); await shot("home");
await p.goto(`${S}/experiments/${encodeURIComponent(name)}`); await p.waitForTimeout(1500); await shot("odd");
await p.getByRole("link",{name:"Evaluation"}).first().click(); await p.waitForTimeout(1500); console.log(p.url()); await shot("odd-eval");
await p.getByRole("link",{name:/^Run /}).click(); await p.waitForTimeout(1200); console.log(p.url());
await p.locator(".react-flow__node").filter({hasText:"Score"}).first().click(); await p.getByRole("radio",{name:/Output|Last run/}).click(); await p.waitForTimeout(300); await shot("odd-panel");
await p.getByRole("link",{name:/Visualize/}).first().click(); await p.waitForTimeout(1500); console.log(p.url()); await shot("odd-data");
// Dataset to experiment
await p.goto(`${S}/datasets/first.csv`); await p.getByRole("link",{name:"Use in an experiment"}).click(); await p.waitForTimeout(500); await shot("use");
await p.getByLabel("Name").fill("Tumours"); await p.getByRole("button",{name:"Open its canvas"}).click(); await p.getByText("There is one of this name already").waitFor();
await p.getByLabel("Name").fill(`first ${Date.now()%10000}`); await p.getByRole("button",{name:"Open its canvas"}).click(); await p.waitForTimeout(1500); await shot("used");console.log(p.url());
await p.goto(`${S}/experiments/brand-new`); await p.waitForTimeout(1200); await shot("empty");
await p.goto(`${S}/`); await p.getByRole("link",{name:"New experiment"}).click(); await p.getByRole("dialog",{name:"New experiment"}).waitFor(); await p.keyboard.press("Escape"); await p.waitForTimeout(300); console.log(p.url());
const list=["/services","/experiments"]; for(const x of list){await p.goto(S+x);await p.waitForTimeout(700);await shot(x.slice(1));}
await b.close();
