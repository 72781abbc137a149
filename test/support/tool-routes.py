"""Prints every URL pattern of an installed tool with its methods, one a line: PATTERN<tab>METHODS. Argument: label-studio or doccano."""
import importlib.util
import os
import sys
import tempfile

home = tempfile.mkdtemp()
SETTINGS = {
    'label-studio': {
        'DJANGO_SETTINGS_MODULE': 'label_studio.core.settings.label_studio',
        'LABEL_STUDIO_BASE_DATA_DIR': home,
        'COLLECT_ANALYTICS': 'false',
        'LATEST_VERSION_CHECK': 'false',
        'SENTRY_DSN': '',
    },
    'doccano': {
        'DJANGO_SETTINGS_MODULE': 'config.settings.production',
        'DATABASE_URL': f'sqlite:///{home}/empty.sqlite3',
        'DOCCANO_HOME': home,
        'STANDALONE': 'True',
    },
}
PACKAGES = {'label-studio': 'label_studio', 'doccano': 'backend'}

tool = sys.argv[1]
os.environ.update(SETTINGS[tool])
sys.path.insert(0, importlib.util.find_spec(PACKAGES[tool]).submodule_search_locations[0])
import django  # noqa: E402

django.setup()
from django.urls import get_resolver  # noqa: E402
from django.urls.resolvers import URLResolver  # noqa: E402

METHODS = ('get', 'post', 'put', 'patch', 'delete')


def walk(patterns, prefix=''):
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, path)
            continue
        view = pattern.callback
        actions = getattr(view, 'actions', None)
        owner = getattr(view, 'cls', None) or getattr(view, 'view_class', None)
        methods = sorted(actions) if actions else [name for name in METHODS if owner is None or hasattr(owner, name)]
        yield path, ','.join(methods)


for path, methods in walk(get_resolver().url_patterns):
    print(f'{path}\t{methods}')
