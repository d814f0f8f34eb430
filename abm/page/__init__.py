"""The browser page: two runs of the model under the same luck, looked at from several sides.

Nothing else imports it.  ``abm/app.py`` is what the server runs; :mod:`abm.page.pair`, :mod:`abm.page.settings` and
:mod:`abm.page.controls` know neither browser nor Mesa.
"""
