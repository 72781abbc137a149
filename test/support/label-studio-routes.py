"""Prints every URL pattern of an installed Label Studio with its methods, one a line: PATTERN<tab>METHODS."""
import os
import sys
import tempfile

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'label_studio.core.settings.label_studio')
os.environ['LABEL_STUDIO_BASE_DATA_DIR'] = tempfile.mkdtemp()
os.environ['COLLECT_ANALYTICS'] = 'false'
os.environ['LATEST_VERSION_CHECK'] = 'false'
os.environ['SENTRY_DSN'] = ''

import label_studio  # noqa: E402

sys.path.insert(0, os.path.dirname(label_studio.__file__))
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
