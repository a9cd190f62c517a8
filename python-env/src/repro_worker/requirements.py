"""Whether the packages that a plugin's handler asks for are installed."""

from __future__ import annotations

from collections.abc import Iterable

from repro_worker.errors import RequirementMissingError


def check_requirements(plugin: str, requirements: Iterable[str]) -> None:
    """Raises with every requirement that is not met and what was found; imports none of the packages."""
    missing = [problem for requirement in requirements if (problem := find_problem(requirement))]
    if missing:
        raise RequirementMissingError(f'Plugin "{plugin}" needs {"; ".join(missing)}.')


def find_problem(requirement: str) -> str | None:
    # Only paid by plugins that require something.
    from importlib import metadata

    from packaging.requirements import InvalidRequirement, Requirement

    try:
        parsed = Requirement(requirement)
    except InvalidRequirement as error:
        return f"`{requirement}`, which cannot be read: {str(error).splitlines()[0]}"
    if parsed.marker and not parsed.marker.evaluate():
        return None
    try:
        found = metadata.version(parsed.name)
    except metadata.PackageNotFoundError:
        return f"`{requirement}`, found none"
    return None if parsed.specifier.contains(found, prereleases=True) else f"`{requirement}`, found {found}"
