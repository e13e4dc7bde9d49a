"""What is known of hosting: forecast throughput, its measurements, rents, reservations, training.

Values of `data/hosting/*.yaml`. Throughput is a forecast of a model, never a measurement; what is
`suspect` is kept to say why, and is never used.
"""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

Count = Annotated[int, Meta(gt=0)]
Word = Annotated[str, Meta(min_length=1)]
Currency = Annotated[str, Meta(pattern="^(CNY|USD)$")]
Day = Annotated[str, Meta(pattern=r"^\d{4}(-\d\d(-\d\d)?)?$")]


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping of these files, without any other key. `check_numbers` says what is not above
    zero."""


def check_numbers(value: object, name: str = "") -> None:
    """Raise ValueError for a number in these values that is not above zero. It is called when the
    files are compiled: each start would pay for it."""
    if isinstance(value, Decimal) and not value > 0:
        raise ValueError(f"`{name}` must be above zero")
    if isinstance(value, Facts):
        for field in value.__struct_fields__:
            check_numbers(getattr(value, field), field)
    elif isinstance(value, tuple):
        for one in value:
            check_numbers(one, name)
    elif isinstance(value, dict):
        for key, one in value.items():
            check_numbers(one, key)


class ThroughputPoint(Facts, frozen=True):
    """Forecast requests per second and GPU, of `input` and `output` tokens each. `gpus`: of the
    smallest replica; `layout`: tensor, data, expert-tensor and expert parallel."""

    input: Count
    output: Count
    requests: Decimal
    gpus: Count
    ttft_ms: Count
    tpot_ms: Decimal
    batch: Count
    layout: tuple[Count, Count, Count, Count]
    memory_gib: Decimal
    suspect: str = ""


class ServingForecast(Facts, frozen=True):
    """A model's weights on one machine with one engine. `estimated`: not all of its kernels were
    measured. `most_gpus` of a deployment, and the `replicas` that were tried, where not all were:
    scripts/build_hosting.py uses them."""

    machine: Word
    engine: Word
    precision: Word
    kv_cache: Word
    most_gpus: Count
    points: tuple[ThroughputPoint, ...]
    estimated: bool = False
    replicas: tuple[Count, ...] = ()


class ServedWeights(Facts, frozen=True):
    """Published weights and what is forecast of them."""

    name: Word
    forecasts: tuple[ServingForecast, ...]


class HostableModel(Facts, frozen=True):
    """A model that people can run themselves: its id in the price table, and its weights. `note`:
    how the weights differ from what is sold."""

    id: Word
    weights: tuple[ServedWeights, ...]
    note: str = ""


class ThroughputFile(Facts, frozen=True):
    tool: Word
    source: Word
    licence: Word
    checked: Day
    most_ttft_ms: Count
    most_tpot_ms: Count
    without_data: tuple[Word, ...]
    models: tuple[HostableModel, ...]


class Derating(Facts, frozen=True):
    """What a forecast is multiplied by: the expected factor, and its range."""

    expected: Decimal
    low: Decimal
    high: Decimal


class MeasurementSource(Facts, frozen=True):
    """Who measured; the limits that were kept, if any: scripts/build_hosting.py uses them."""

    what: Word
    licence: Word
    most_ttft_ms: Count | None = None
    most_tpot_ms: Count | None = None


class Measurement(Facts, frozen=True):
    """Output tokens per second and GPU of a server, beside the forecast of the same, which leaves
    the first token of a request out."""

    weights: Word
    machine: Word
    gpus: Count
    input: Count
    output: Count
    measured: Decimal
    forecast: Decimal
    engine: Word
    source: Word
    what: Word

    @property
    def ratio(self) -> Decimal:
        """Of the requests per second."""
        return (self.measured / self.output) / (self.forecast / (self.output - 1))


class MeasuredFile(Facts, frozen=True):
    checked: Day
    factor: Derating
    sources: dict[str, MeasurementSource]
    measurements: tuple[Measurement, ...]

    @property
    def inside(self) -> int:
        """The measurements that lie in the range of the factor."""
        low, high = self.factor.low, self.factor.high
        return sum(low <= one.ratio <= high for one in self.measurements)


class Machine(Facts, frozen=True):
    """A GPU. `bf16_tflops` and `fp8_tflops` are dense peaks of a data sheet."""

    id: Word
    name: Word
    power_w: Count
    memory_gib: Decimal
    bf16_tflops: Decimal
    fp8_tflops: Decimal | None = None


class Rent(Facts, frozen=True):
    """The price of a GPU-hour. `commitment`: years that are paid in any case; `gpu` names what has
    no machine in the file."""

    where: Word
    price: Decimal
    currency: Currency
    day: Day
    source: Word
    machine: str = ""
    gpu: str = ""
    commitment: int = 0
    spot: bool = False


class GpuPurchase(Facts, frozen=True):
    """The list price of a GPU."""

    price: Decimal
    currency: Currency
    power_w: Count
    source: Word
    machine: str = ""
    gpu: str = ""


class RentFile(Facts, frozen=True):
    checked: Day
    reference: Word
    machines: tuple[Machine, ...]
    sources: dict[str, str]
    rents: tuple[Rent, ...]
    purchases: tuple[GpuPurchase, ...]


class Reservation(Facts, frozen=True):
    """Throughput of a model that is reserved by the day: the prices of 10,000 input tokens and of
    1,000 output tokens a minute."""

    provider: Word
    product: Word
    model: Word
    mode: Word
    input_10k_tpm_day: Decimal
    output_1k_tpm_day: Decimal
    currency: Currency
    source: Word
    checked: Day
    snapshot: str = ""  # of the model, where just one is sold so


class ReservedFile(Facts, frozen=True):
    checked: Day
    reservations: tuple[Reservation, ...]
    unknown: dict[str, str]


class MfuAssumption(Facts, frozen=True):
    """The share of a GPU's peak that training reaches, and what it rests on."""

    range: Derating
    source: Word


class PublishedTraining(Facts, frozen=True):
    """A training whose speed is published. `six_n_share`: 6 N D over the operations it counts."""

    model: Word
    gpu: Word
    tokens_s_gpu: Decimal
    model_tflops_s_gpu: Decimal
    mfu: Decimal
    six_n_share: Decimal


class TrainingPrice(Facts, frozen=True):
    """What a vendor asks for a million training tokens."""

    vendor: Word
    model: Word
    price: Decimal
    currency: Currency
    day: Day
    source: Word


class TrainingFile(Facts, frozen=True):
    checked: Day
    mfu: MfuAssumption
    published: tuple[PublishedTraining, ...]
    sizes: dict[str, Decimal]
    prices: tuple[TrainingPrice, ...]

    def parameters_of(self, model: str) -> Decimal | None:
        """Return the nominal number of parameters of a model, by its id."""
        return self.sizes.get(model)


class HostingFacts(msgspec.Struct, frozen=True):
    """All of it. `machines` by their ids."""

    throughput: ThroughputFile
    measured: MeasuredFile
    rents: RentFile
    reserved: ReservedFile
    training: TrainingFile

    def machine(self, id: str) -> Machine:
        """Return the machine of this id. Raise KeyError."""
        found = next((one for one in self.rents.machines if one.id == id), None)
        if found is None:
            raise KeyError(id)
        return found

    def served_machines(self) -> list[Machine]:
        """Return the machines that throughput is forecast of."""
        served = {
            one.machine
            for model in self.throughput.models
            for weights in model.weights
            for one in weights.forecasts
        }
        return [one for one in self.rents.machines if one.id in served]

    def rents_of(self, machine: str) -> list[Rent]:
        """Return the prices of an hour of this machine, in the order of the file."""
        return [one for one in self.rents.rents if one.machine == machine]

    def reference(self, machine: str) -> Rent | None:
        """Return the newest price of the seller that is the default; None if it rents none."""
        found = [one for one in self.rents_of(machine) if one.where == self.rents.reference]
        return max(found, key=lambda one: one.day, default=None)
