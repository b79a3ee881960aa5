import { Fragment } from "react";
import { Link, useLocation } from "wouter";
import { Icon } from "../parts/Icon";
import { Menu } from "../parts/Menu";
import { Mark } from "./Mark";
import { isAt, PLACES } from "./places";
import { signOut, workspace } from "./session";
import { nextTheme, setTheme } from "./theme";
import { useOnline, useTheme } from "./useStore";

const THEMES = { system: "as the system", light: "light", dark: "dark" };

interface NavProps {
  find: () => void;
  showKeys: () => void;
}

function WorkspaceName() {
  return (
    <>
      <Mark />
      <span className="t cut" title={workspace()}>
        {`Workspace ${workspace().slice(0, 8)}`}
      </span>
    </>
  );
}

/** The navigation at the left: 216 px, or a rail of 52. */
export function Nav({ find, showKeys }: NavProps) {
  const [path] = useLocation();
  const theme = useTheme();
  const online = useOnline();
  return (
    <nav className="nav" aria-label="Workspace">
      <div className="ws">
        <WorkspaceName />
      </div>
      <button type="button" className="find" onClick={find}>
        <Icon name="search" />
        <span className="t">Find or do…</span>
        <kbd>Ctrl K</kbd>
      </button>
      {PLACES.map(({ group, places }) => (
        <Fragment key={group}>
          {group && <hr />}
          {group && <h2>{group}</h2>}
          {places.map((place) => (
            <Link key={place.to} href={place.to} title={place.name} aria-current={isAt(place, path) ? "page" : undefined}>
              <Icon name={place.icon} />
              <span className="t">{place.name}</span>
            </Link>
          ))}
        </Fragment>
      ))}
      <div className="foot">
        <div className={online ? "live" : "live off"}>
          <b />
          <span className="t">{online ? "Live" : "No answer"}</span>
        </div>
        <button type="button" className="act" title="Help and keyboard" onClick={showKeys}>
          <Icon name="help" />
          <span className="t">Help and keyboard</span>
          <span className="n">
            <kbd>?</kbd>
          </span>
        </button>
        <button type="button" className="act" title={`Theme: ${THEMES[theme]}`} onClick={() => setTheme(nextTheme(theme))}>
          <Icon name="sun" />
          <span className="t">Theme: {THEMES[theme]}</span>
        </button>
        <button type="button" className="act" title="Sign out" onClick={() => signOut()}>
          <Icon name="exit" />
          <span className="t">Sign out</span>
        </button>
      </div>
    </nav>
  );
}

/** Above the page on a phone: where one is, and the search. */
export function TopBar({ find, showKeys }: NavProps) {
  const theme = useTheme();
  return (
    <header className="topbar">
      <div className="ws">
        <WorkspaceName />
      </div>
      <span className="row g4 end">
        <button type="button" className="b quiet icon" aria-label="Find or do" onClick={find}>
          <Icon name="search" size="l" />
        </button>
        <Menu
          label="More"
          icon="more"
          entries={[
            { name: `Theme: ${THEMES[theme]}`, icon: "sun", act: () => setTheme(nextTheme(theme)) },
            { name: "All keys", icon: "help", act: showKeys },
            { name: "Sign out", icon: "exit", act: () => signOut() },
          ]}
        />
      </span>
    </header>
  );
}

const ON_PHONES = ["/", "/experiments", "/services", "/jobs"];

/** Below the page on a phone: four places, and all others by search. */
export function TabBar({ find }: Pick<NavProps, "find">) {
  const [path] = useLocation();
  const places = PLACES.flatMap(({ places: some }) => some).filter(({ to }) => ON_PHONES.includes(to));
  return (
    <nav className="tabbar" aria-label="Workspace, short">
      {places.map((place) => (
        <Link key={place.to} href={place.to} aria-current={isAt(place, path) ? "page" : undefined}>
          <Icon name={place.icon} size="l" />
          <span>{place.short ?? place.name}</span>
        </Link>
      ))}
      <button type="button" onClick={find}>
        <Icon name="menu" size="l" />
        <span>More</span>
      </button>
    </nav>
  );
}
