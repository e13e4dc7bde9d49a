"""Weights of the linear models: tokens for one unit of each feature.

Han to pruns were fitted by non-negative least squares on texts in English, Chinese and Japanese,
code and JSON. Scripts that those texts did not have carry priors, made from recorded counts of the
Universal Declaration of Human Rights: what Anthropic's API counted, over o200k's count, times what
o200k needs per character of the script.
"""

from collections.abc import Mapping
from types import MappingProxyType

_OTHER_SCRIPTS = {"cyrillic": 0.41, "arabic": 0.78, "indic": 0.95, "thai": 0.94, "hangul": 1.29}

CLAUDE: Mapping[str, float] = MappingProxyType(
    {
        "han": 1.19,
        "kana": 1.098,
        "lower": 0.027,
        "upper": 0.283,
        "apunct": 0.122,
        "opunct": 0.397,
        "space": 0.037,
        "nl": 0.218,
        "other": 2.328,
        "humps": 0.936,
        "dgroups": 1.219,
        "wsruns": 0.854,
        "pruns": 1.071,
        "latin": 6.0,
        "vietnamese": -1.3,
        **_OTHER_SCRIPTS,
    }
)

CLAUDE_47: Mapping[str, float] = MappingProxyType(
    {
        "han": 1.195,
        "kana": 1.094,
        "lower": 0.14,
        "upper": 0.875,
        "apunct": 0.282,
        "opunct": 0.392,
        "space": 0.041,
        "nl": 0.302,
        "other": 4.202,
        "humps": 0.864,
        "dgroups": 1.235,
        "wsruns": 0.461,
        "pruns": 0.993,
        "latin": 7.0,
        "vietnamese": -1.4,
        **_OTHER_SCRIPTS,
    }
)

# Llama 3 is cl100k's 100,256 entries and 27,744 more, for other scripts than Latin. Han and kana:
# differences of the two vocabularies' weights in a fit by script. The others: half of what o200k
# saves per character.
LLAMA3: Mapping[str, float] = MappingProxyType(
    {
        "han": 0.856 - 1.249,
        "kana": 0.824 - 1.226,
        "cyrillic": -0.09,
        "arabic": -0.23,
        "indic": -0.41,
        "thai": -0.27,
        "hangul": -0.22,
    }
)
