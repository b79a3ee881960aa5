"""The order in which modules run, and the cycles for which there is none."""

from collections.abc import Collection, Mapping

Feeds = Collection[tuple[str, str]]


def in_order(titles: Collection[str], feeds: Feeds) -> tuple[str, ...]:
    """Return the titles so that every module comes after those it needs; otherwise they keep the document's order.

    Modules of a cycle, and all that need them, are left out.

    Parameters
    ----------
    feeds
        Pairs of titles: the first module feeds the second.
    """
    places = {title: place for place, title in enumerate(titles)}
    targets: dict[str, list[str]] = {title: [] for title in titles}
    waiting = dict.fromkeys(titles, 0)
    for source, target in feeds:
        targets[source].append(target)
        waiting[target] += 1
    order: list[str] = []
    ready = [title for title in titles if not waiting[title]]
    while ready:
        order += ready
        freed = []
        for target in (target for title in ready for target in targets[title]):
            waiting[target] -= 1
            if not waiting[target]:
                freed.append(target)
        ready = sorted(freed, key=places.__getitem__)
    return tuple(order)


def find_cycles(titles: Collection[str], feeds: Feeds) -> list[list[str]]:
    """Return the groups of modules that need each other, each in the document's order.

    How it works: Kosaraju's algorithm, without recursion. Modules in the order in which a walk along the connections
    is done with them; then, from the last one on, all that are reached against the connections are one group.
    """
    runnable = set(in_order(titles, feeds))
    left = [title for title in titles if title not in runnable]
    onward: dict[str, list[str]] = {title: [] for title in left}
    back: dict[str, list[str]] = {title: [] for title in left}
    for source, target in feeds:
        if source in onward and target in onward:
            onward[source].append(target)
            back[target].append(source)
    done: list[str] = []
    seen: set[str] = set()
    for title in left:
        done += _walk(title, onward, seen)
    seen = set()
    groups = [_walk(title, back, seen) for title in reversed(done)]
    places = {title: place for place, title in enumerate(left)}
    cycles = [
        sorted(group, key=places.__getitem__)
        for group in groups
        if len(group) > 1 or (group and group[0] in onward[group[0]])
    ]
    return sorted(cycles, key=lambda cycle: places[cycle[0]])


def _walk(start: str, following: Mapping[str, list[str]], seen: set[str]) -> list[str]:
    """Return what is reached from a module and not seen yet, each after all that are reached through it."""
    done: list[str] = []
    waiting = [] if start in seen else [(start, iter(following[start]))]
    seen.add(start)
    while waiting:
        title, others = waiting[-1]
        found = next((other for other in others if other not in seen), None)
        if found is None:
            done.append(title)
            waiting.pop()
        else:
            seen.add(found)
            waiting.append((found, iter(following[found])))
    return done
