r"""How level-1 departures are distributed, as equations.

One variance, :math:`e\sim\mathrm N(0,\sigma^2_{e0})`; or known ones; or a product of what makes it
differ, and a correlation matrix *R* or a covariance matrix :math:`\Omega_e` for the rows of a
group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlmbook.write.level1 import labels_of
from mlmbook.write.model import Model
from mlmbook.write.notation import Notation, matrix, text
from mlmbook.write.numbers import decimals, number

__all__ = ["KNOWN", "WEIGHT", "Residuals", "digits", "power_letter"]

WEIGHT = r"\omega"
KNOWN = "s^2"
SHOWN = 5  # occasions whose covariance matrix is written in full


def digits(value: float) -> str:
    """Write a variance, covariance or correlation with three significant digits."""
    return number(value, decimals(abs(value), digits=3)).replace("\N{MINUS SIGN}", "-")


@dataclass(frozen=True)
class Residuals:
    """Writes the level-1 part of a model."""

    model: Model
    notation: Notation
    values: bool

    def lines(self) -> Iterator[str]:
        """Yield the distribution of the level-1 departures."""
        level1, say = self.model.level1, self.notation
        if level1.occasion is not None:
            yield from self._free(level1.occasion)
            return
        yield rf"{say.error} &\sim \mathrm{{N}}(0,\ {self._variance()})"
        yield from self._cases()
        if level1.correlation is not None:
            yield self._correlation()

    # ---- variances --------------------------------------------------------------------------

    def _variance(self) -> str:
        level1, say = self.model.level1, self.notation
        if level1.known:
            return say.mark(1, say.column(level1.known, KNOWN))
        if self.values and not level1.strata:
            base = digits(self.model.fit.sigma**2)
        elif level1.strata:
            base = rf"\sigma^2_{{e,s({say.subscript(1)})}}"
        else:
            base = r"\sigma^2_{e0}"
        return say.mark(1, base) + self._scale()

    def _scale(self) -> str:
        """Write what a variance is multiplied by, or divided."""
        level1, say = self.model.level1, self.notation
        powers = []
        for at, name in enumerate(level1.powers, 1):
            size = rf"\hat{{{say.response[0]}}}_{{{say.subscript(1)}}}"
            if not say.symbols:
                size = r"\widehat{" + text(self.model.fit.response) + "}"
            size = size if name is None else say.column(name, power_letter(at))
            powers.append(rf"\,|{size}|^{{2{self._power(name, at)}}}")
        weight = "" if level1.weights is None else f" / {say.column(level1.weights, WEIGHT)}"
        return "".join(powers) + weight

    def _power(self, name: str | None, at: int) -> str:
        if not self.values:
            return r"\delta" if len(self.model.level1.powers) == 1 else rf"\delta_{at}"
        estimates = self.model.fit.residual.parameters  # type: ignore[union-attr]
        value = float(estimates[f"power {'of fitted' if name is None else name}"])
        return rf" \times {digits(value)}"

    def _cases(self) -> Iterator[str]:
        """Write the variance of each stratum."""
        if not self.model.level1.strata:
            return
        table = self.model.fit.varcorr
        rows = table[(table["group"] == "Residual") & (table["term2"] == "")]
        cases = []
        for at, (term, value) in enumerate(zip(rows["term"], rows["variance"], strict=True), 1):
            variance = digits(float(value)) if self.values else rf"\sigma^2_{{e{at}}}"
            cases.append(rf"{self.notation.mark(1, variance)} & {_where(str(term))}")
        symbol = self.notation.mark(1, rf"\sigma^2_{{e,s({self.notation.subscript(1)})}}")
        rows_of = r" \\ ".join(cases)
        yield rf"{symbol} &= \begin{{cases}} {rows_of} \end{{cases}}"

    # ---- correlations -----------------------------------------------------------------------

    def _correlation(self) -> str:
        """Write the correlation of two rows of a group, and the matrix of the first rows."""
        level1, say = self.model.level1, self.notation
        below = say.subscript(1)[1:]
        other = say.error.replace(f"0i{below}", f"0i'{below}")
        steps = level1.steps
        if steps is None:
            rho = self._estimate("cor within group", r"\rho")
            rows = [["1", rho, rho], [rho, "1", rho], [rho, rho, "1"]]
            return self._with_matrix(other, f"{rho} \\quad (i \\neq i')", rows)
        time = say.column(steps.time, "t")
        later = time.replace(f"{say.subscript(1)}}}", f"i'{below}}}")
        span = steps.step if steps.even else 1.0
        apart = f"|{time} - {later}|" + (f"/{span:g}" if span != 1 else "")
        names = self.model.fit.residual.covariance.names  # type: ignore[union-attr]
        rho = self._estimate(names[0], r"\rho")
        share = ""
        if level1.nugget:
            share = self._estimate(names[1], r"\nu")
            share = rf"(1 - {share})\, "
        if not steps.even:
            return self._with_matrix(other, rf"{share}{rho}^{{{apart}}}", [])
        near, far = rho, f"{rho}^2"
        rows = [["1", near, far], [near, "1", near], [far, near, "1"]]
        return self._with_matrix(other, rf"{rho}^{{{apart}}}", rows)

    def _estimate(self, name: str, symbol: str) -> str:
        if not self.values:
            return symbol
        value = digits(float(self.model.fit.residual.parameters[name]))  # type: ignore[union-attr]
        return f"({value})" if value.startswith("-") else value

    def _with_matrix(self, other: str, value: str, rows: Sequence[Sequence[str]]) -> str:
        line = rf"\operatorname{{cor}}({self.notation.error},\ {other}) &= {value}"
        if self.notation.crossed:
            group = text(str(self.model.level1.group))
            line += rf"\ \text{{ if }} {group}(i) = {group}(i')"
        if not rows:
            return line
        dots = r"\vdots & \vdots & \vdots & \ddots"
        body = r" \\ ".join([*(" & ".join([*row, r"\cdots"]) for row in rows), dots])
        return rf"{line},\quad R = {matrix(body)}"

    # ---- a free covariance matrix -----------------------------------------------------------

    def _free(self, occasion: str) -> Iterator[str]:
        """Write the departures of all occasions of a group, with their covariance matrix."""
        say, labels = self.notation, labels_of(self.model.fit)
        below = say.subscript(1)[1:]
        scale = self._scale()
        letter = "e"
        if self.model.level1.varies:  # the rest of the variance multiplies the matrix
            letter = "r"
            kappa = r"\,".join(self._ratios()) or ("1" if scale.startswith(" /") else "")
            root = rf"\sqrt{{{kappa}{scale}}}"
            yield rf"{say.error} &= {root}\; r_{{0{say.subscript(1)}}}"
            yield from self._kappas()
        shown = list(range(1, len(labels) + 1)) if len(labels) <= SHOWN else [1, 2, len(labels)]
        effects = [say.mark(1, f"{letter}_{{{at}{below}}}") for at in shown]
        rows = [[self._element(a, b, letter) for b in shown] for a in shown]
        if len(labels) > SHOWN:
            effects.insert(2, r"\vdots")
            rows = [[*row[:2], r"\cdots", row[2]] for row in rows]
            rows.insert(2, [r"\vdots", r"\vdots", r"\ddots", r"\vdots"])
        omega = say.mark(1, rf"\Omega_{letter}")
        column = matrix(r" \\ ".join(effects))
        zeros = matrix(r" \\ ".join("0" if e[0] != "\\" or "e_" in e else e for e in effects))
        full = matrix(r" \\ ".join(" & ".join(row) for row in rows))
        yield rf"{column} &\sim \mathrm{{N}}\left({zeros},\ {omega}\right),\quad {omega} = {full}"
        numbers = ", ".join(map(str, shown))
        values = r",\ ".join(text(str(labels[at - 1])) for at in shown)
        yield rf"&i = {numbers} \text{{ for }} {text(occasion)} = {values}"

    def _element(self, a: int, b: int, letter: str) -> str:
        first, second = sorted((a, b))
        if self.values:
            labels, table = labels_of(self.model.fit), self.model.fit.varcorr
            one, two = (f"{self.model.level1.occasion}[{labels[at - 1]}]" for at in (first, second))
            rows = table[table["group"] == "Residual"]
            chosen = rows[(rows["term"] == one) & (rows["term2"] == (two if one != two else ""))]
            return self.notation.mark(1, digits(float(chosen["variance"].iloc[0])))
        power = "^2" if a == b else ""
        pair = f"{first}" if a == b else f"{first}{second}"
        return self.notation.mark(1, rf"\sigma{power}_{{{letter}{pair}}}")

    def _kappas(self) -> Iterator[str]:
        """Write the ratios of the variances of strata, to that of the first."""
        residual = self.model.fit.residual
        if residual is None:
            return
        pieces = zip(residual.variances, residual.level1.slices, strict=False)
        strata = [(part, at) for part, at in pieces if part.strata]
        for symbol, (part, at) in zip(self._ratios(), strata, strict=True):
            values = part.strata_variances(residual.phi[at]).tolist()
            cases = []
            for place, (term, value) in enumerate(zip(part.strata, values, strict=True), 1):
                ratio = digits(value) if self.values else rf"\kappa_{place}"
                cases.append(f"{'1' if place == 1 else ratio} & {_where(term)}")
            rows = r" \\ ".join(cases)
            yield rf"{symbol} &= \begin{{cases}} {rows} \end{{cases}}"

    def _ratios(self) -> list[str]:
        """Write the ratios of the variances of strata."""
        subscript, names = self.notation.subscript(1), []
        for factors in self.model.level1.strata:
            of = r",\,".join(map(text, factors))
            names.append(rf"\kappa_{{{of}({subscript})}}")
        return names


def power_letter(place: int) -> str:
    """Return the letter of the covariate of a power of variance."""
    return "c" if place == 1 else f"c^{{({place})}}"


def _where(stratum: str) -> str:
    """Write which stratum: ``sex[girl]:room[1]`` in words."""
    parts = (part.partition("[") for part in stratum.split(":"))
    return r",\ ".join(f"{text(name)} = {text(label[:-1])}" for name, _, label in parts)
