"""Builds experiment documents in Python: `experiment.import_data(…) >> experiment.clean_missing_data(…)`.

>>> experiment = Experiment("Predicts who buys")
>>> data = experiment.import_data(path_to_container_directory_or_blob="people.csv")
>>> clean = data >> experiment.clean_missing_data(cleaning_mode="Replace with mean")
>>> learner = experiment.two_class_logistic_regression()
>>> model = experiment.train_model(learner, clean, label_column="bought")
>>> experiment.web_service_input("input1", clean)
>>> experiment.web_service_output("output1", model)
>>> workspace.put_experiment("People", experiment)
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from perennial.errors import PerennialError
from perennial.estimators import write_estimator
from perennial.experiment_parts import Module, Parameter, Port, Source
from perennial.html_view import table_html
from perennial.names import not_found
from perennial.palette import Palette

M = TypeVar("M", bound=Module)


class Experiment(Palette):
    """An experiment in the making: a method for each module of the palette, ports as arguments and attributes.

    A module stands for its first output, where there is one of that type only. `>>` sends it into the one input of the
    next module that it fits; inputs with several of a type are named. What does not fit is refused at once, and by type
    checkers before.

    Parameters
    ----------
    description
        A text, shown with the web services.
    """

    def __init__(self, description: str = "") -> None:
        self.description = description
        self.layout: dict[str, tuple[float, float]] = {}
        self._modules: dict[str, Module] = {}
        self._properties: dict[str, dict[str, Any]] = {}
        self._connections: list[tuple[Port, Module, str]] = []
        self._inputs: list[dict[str, Any]] = []
        self._outputs: list[dict[str, Any]] = []
        self._parameters: list[dict[str, Any]] = []

    def __repr__(self) -> str:
        return f"<Experiment: {len(self._modules)} modules>"

    @property
    def modules(self) -> dict[str, Module]:
        """The modules by title."""
        return dict(self._modules)

    def web_service_input(self, name: str, module: Module, port: str | None = None) -> None:
        """Let calls of the web service feed an input port of a module.

        Parameters
        ----------
        name
            Its name on the wire.
        port
            The input port's name in the document; needed if the module has several for datasets.
        """
        datasets = [item for item, type_ in module.INPUTS.items() if type_ == "Dataset"]
        if port is None and len(datasets) != 1:
            raise PerennialError(0, "PortAmbiguous", f"Name the input port of {module}: {', '.join(module.INPUTS)}.")
        if port is not None and port not in module.INPUTS:
            raise not_found(f"{module} has no input", port, list(module.INPUTS))
        self._check(module)
        self._inputs.append({"name": name, "to": [module.title, port or datasets[0]]})

    def web_service_output(self, name: str, source: Source) -> None:
        """Return what flows out of a port, a dataset or a trained model, from calls of the web service."""
        port = source._output()
        self._check(port.module)
        self._outputs.append({"name": name, "from": [port.module.title, port.name]})

    def web_service_parameter(self, name: str, module: Module, property_name: str, default: Any = None) -> None:
        """Let calls of the web service set a property, given by its name in the document.

        A property that has no other value is given a Parameter instead, in the place of its value.
        """
        self._check(module)
        parameter = {"name": name, "module": module.title, "property": property_name}
        self._parameters.append(parameter | ({} if default is None else {"default": default}))

    def to_json(self) -> dict[str, Any]:
        """Return the experiment document (docs/reference/experiment.md)."""
        document: dict[str, Any] = {"description": self.description} if self.description else {}
        document["modules"] = {
            title: {"module": module.NAME}
            | ({"properties": dict(self._properties[title])} if self._properties[title] else {})
            for title, module in self._modules.items()
        }
        document["connections"] = [
            {"from": [port.module.title, port.name], "to": [module.title, name]}
            for port, module, name in self._connections
        ]
        lists = {
            "webServiceInputs": self._inputs,
            "webServiceOutputs": self._outputs,
            "webServiceParameters": self._parameters,
        }
        document |= {name: [dict(item) for item in items] for name, items in lists.items() if items}
        return document | ({"layout": {title: list(at) for title, at in self.layout.items()}} if self.layout else {})

    def _add(
        self,
        kind: type[M],
        title: str,
        inputs: Mapping[str, Source | None],
        properties: Mapping[str, Any],
    ) -> M:
        module = kind(self._connect, self._free_title(title, kind.NAME))
        known = list(self._modules)
        self._modules[module.title] = module
        self._properties[module.title] = {}
        try:
            for name, source in inputs.items():
                if source is not None:
                    self._connect(_port_of(source), module, name)
            for name, value in properties.items():
                self._set(module, name, value)
        except BaseException:
            self._modules = {item: self._modules[item] for item in known}
            self._connections = [item for item in self._connections if item[1] is not module]
            self._parameters = [item for item in self._parameters if item["module"] != module.title]
            raise
        return module

    def _set(self, module: Module, name: str, value: Any) -> None:
        if isinstance(value, Parameter):
            self.web_service_parameter(value.name, module, name, value.default)
        elif value is not None:
            self._properties[module.title][name] = _plain(name, value)

    def _free_title(self, title: str, name: str) -> str:
        if title in self._modules:
            raise PerennialError(0, "TitleTaken", f"The experiment has a module '{title}' already. Give another title.")
        wanted, number = title or name, 2
        while wanted in self._modules:
            wanted, number = f"{name} {number}", number + 1
        return wanted

    def _connect(self, port: Port, module: Module, name: str) -> None:
        self._check(module)
        self._check(port.module)
        if module.INPUTS.get(name) != port.type:
            text = f"'{name}' of {module} takes a {module.INPUTS.get(name)}, but {port} is a {port.type}."
            raise PerennialError(0, "PortMismatch", text)
        if name in module.connected:
            raise PerennialError(0, "PortTaken", f"'{name}' of {module} is connected with {module.connected[name]}.")
        module.connected[name] = port
        self._connections.append((port, module, name))

    def _check(self, module: Module) -> None:
        if self._modules.get(module.title) is not module:
            raise PerennialError(0, "ModuleUnknown", f"{module} belongs to another experiment.")

    def _repr_html_(self) -> str:
        rows = [
            {
                "module": title,
                "of": module.NAME if title != module.NAME else None,
                "gets": ", ".join(f"{name}: {port.module.title}" for name, port in module.connected.items()),
                "properties": self._properties[title] or None,
            }
            for title, module in self._modules.items()
        ]
        return table_html(rows, self.description or "Experiment")


def _port_of(source: Any) -> Port:
    if not hasattr(source, "_output"):
        raise PerennialError(0, "PortUnknown", f"An input takes a module or its port, got {type(source).__name__}.")
    port: Port = source._output()
    return port


def _plain(name: str, value: Any) -> Any:
    """Return a property's value as documents have it."""
    if name == "Estimator" and not isinstance(value, str):
        return json.dumps(value if isinstance(value, Mapping) else write_estimator(value))
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
