# make book       build the site into _build/html
# make serve      build it if needed and serve it on this machine
# make test       check everything, fast to slow; one step alone: make test-lint, test-site, …
# make notebooks  run the chapters that changed and store their outputs
# make bench      measure speed against other software
# make figures    measure page weight, explorables and Python in the page, in a browser
# make clean      remove what was built

VERBS := book serve test notebooks bench figures clean
.PHONY: help $(VERBS)

help:
	@sed -n 's/^# //p' Makefile

$(VERBS):
	@sh tools/run.sh $@

test-%:
	@sh tools/run.sh $@
