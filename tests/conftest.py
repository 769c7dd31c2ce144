"""Have assertions of helper modules say what they found, as those of the tests do."""

import pytest

pytest.register_assert_rewrite("fixed_effects", "kept_site", "live_page", "site_fixtures")
