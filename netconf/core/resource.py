"""What a managed object is: a frozen value with an identity and its ties to other objects.

The same class describes an object as desired and as observed; equal values mean converged.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Self

from netconf.core.ids import ResourceId

NOTHING: frozenset[ResourceId] = frozenset()
NO_KEYS: frozenset[str] = frozenset()


class Resource:
    """One thing the system lets us write atomically. Domains subclass this in frozen dataclasses.

    Not a Protocol: isinstance on its subclasses would run in Python, and plans ask it of ten
    thousands of objects.
    """

    __slots__ = ("_id",)

    _id: ResourceId | None
    """For classes of which there are many (see `quick`): it's asked for again and again."""

    @property
    def id(self) -> ResourceId:
        """The identity; what distinguishes this object from every other of the host."""
        raise NotImplementedError

    def remember(self, key: ResourceId) -> ResourceId:
        """Keep the id in `_id`."""
        _keep(self, key)
        return key

    @property
    def requires(self) -> frozenset[ResourceId]:
        """Ids or capabilities without which the kernel drops or refuses this object."""
        return NOTHING

    @property
    def after(self) -> frozenset[ResourceId]:
        """Ids or capabilities that, if they are created too, are created first. Order only."""
        return NOTHING

    @property
    def alike(self) -> Hashable | None:
        """Objects of a kind for which this is the same have the same `requires` and `after`, provide the same but for
        capabilities of kind LOCAL, and occupy nothing: so of many of them one is asked. None = it has to be asked
        itself.
        """
        return None

    @property
    def place(self) -> int:
        """Its turn among new objects of its kind that require and come after the same; else they go by their
        ids.
        """
        return 0

    @property
    def stacked(self) -> bool:
        """If it's replaced together with what it comes after: whether it's taken down before and put
        up behind that, as on a stack (else they are replaced one by one).
        """
        return False

    @property
    def provides(self) -> frozenset[ResourceId]:
        """Capabilities others may require, besides the object's own id."""
        return NOTHING

    @property
    def occupies(self) -> frozenset[str]:
        """Keys the kernel lets only one object hold, where the id alone doesn't say so."""
        return NO_KEYS

    @property
    def excludes(self) -> frozenset[str]:
        """Keys that only order steps: two objects with the same one are never there at a time. Unlike
        with `occupies` nobody minds how it goes, unless another takes the key.
        """
        return NO_KEYS

    @property
    def foreign(self) -> bool:
        """Observed only: not ours to delete because a section of the document claims its place."""
        return False

    @property
    def prospective(self) -> bool:
        """Observed only: not there yet, but as soon as what it requires is made."""
        return False

    def lessened(self, lost: ResourceId) -> Self | None:
        """What the kernel leaves of it when something it requires goes for good (a group of nexthops
        without that one); None = nothing, itself = all.
        """
        return None

    def differences(self, before: Self | None) -> tuple[str, ...]:
        """How it differs from what it was, in lines for people, where the values of its fields would
        say too much: each begins with + or -. Empty = the fields say it.
        """
        return ()

    def can_become(self, other: Self) -> bool:
        """Whether the kernel can change this object into `other` in place (else it's replaced)."""
        return True


_keep = vars(Resource)["_id"].__set__


def there(resource: Resource | None) -> Resource | None:
    """What an object is now: nothing if it's only prospective."""
    return None if resource is None or resource.prospective else resource


State = Mapping[ResourceId, Resource]
"""Resources by their id: a desired or an observed state."""

Target = Mapping[ResourceId, Resource | None]
"""What to reconcile toward: a resource = it shall be so, None = it shall not exist.
What isn't a key is left alone. Apply, rollback and recovery all reconcile toward a Target."""
