r"""How the effects of districts are distributed, as equations.

With *A* the matrix of neighbors and *D* the diagonal matrix of their numbers: see
:mod:`mlmbook.likelihood.spatial`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlmbook.write.model import Block, Column, Model
from mlmbook.write.notation import Notation, matrix
from mlmbook.write.residuals import digits

__all__ = ["Districts"]

SHAPES = {
    "proper": r"(D - {rho} A)^{{-1}}",
    "intrinsic": r"(D - A)^{{-}}",
    "leroux": r"\left({rho} (D - A) + (1 - {rho}) I\right)^{{-1}}",
    "sar": r"\left((I - {rho} W)' (I - {rho} W)\right)^{{-1}}",
}


@dataclass(frozen=True)
class Districts:
    """Writes the distribution of the effects of all districts together."""

    model: Model
    notation: Notation
    values: bool

    def lines(self, block: Block) -> Iterator[str]:
        """Yield the lines for a block of effects."""
        say, unit = self.notation, self.notation.unit(block)
        if unit.spatial is None:
            return
        shape = SHAPES[unit.spatial.kind].format(rho=self._rho(unit.name))
        columns, level = block.columns, unit.level
        vectors = [
            say.mark(level, rf"\mathbf{{u}}_{{{say.departures[c.factors]}}}") for c in columns
        ]
        if len(columns) == 1:
            variance = self._covariance(block, columns[0], columns[0])
            yield rf"{vectors[0]} &\sim \mathrm{{N}}(\mathbf{{0}},\ {variance}\,{shape})"
        else:
            rows = [" & ".join(self._covariance(block, a, b) for b in columns) for a in columns]
            omega = matrix(r" \\ ".join(rows))
            stacked = matrix(r" \\ ".join(vectors))
            covariance = rf"{omega} \otimes {shape}"
            yield rf"{stacked} &\sim \mathrm{{N}}\left(\mathbf{{0}},\ {covariance}\right)"
        ratio = r",\ W = D^{-1} A" if unit.spatial.kind == "sar" else ""
        yield (
            r"&A_{jk} = 1 \text{ where } j, k \text{ are neighbors, else } 0;\ "
            rf"D_{{jj}} = \max(1, \textstyle\sum_k A_{{jk}}){ratio}"
        )

    def _rho(self, group: str) -> str:
        if not self.values:
            return r"\rho"
        names = [grouping.name for grouping in self.model.fit.design.groupings]
        rho = digits(float(self.model.fit.estimates.rhos[names.index(group)]))
        return f"({rho})" if rho.startswith("-") else f"{rho} \\,"

    def _covariance(self, block: Block, a: Column, b: Column) -> str:
        if not self.values:
            return self.notation.covariance(block, a, b)
        value = digits(block.covariance(self.model.fit, a, b))
        return self.notation.mark(self.notation.unit(block).level, value)
