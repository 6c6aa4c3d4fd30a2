# fish completion of nlstat-exporter
set -l collectors sockets listeners processes remotes drops ports conntrack neighbors findings
complete -c nlstat-exporter -f
complete -c nlstat-exporter -l listen -x -d 'address to listen on'
complete -c nlstat-exporter -l web.config.file -r -F -d 'TLS and user settings'
complete -c nlstat-exporter -l once -d 'write one sample and exit'
complete -c nlstat-exporter -l output -r -F -d 'file that --once writes'
complete -c nlstat-exporter -s A -l all-netns -d 'sample all network namespaces'
complete -c nlstat-exporter -l interval -x -d 'time between samples'
complete -c nlstat-exporter -l only -x -a "$collectors" -d 'enable only these collectors'
complete -c nlstat-exporter -l without -x -a "$collectors" -d 'disable these collectors'
complete -c nlstat-exporter -l label -x -a 'unit container' -d 'additional labels of listeners'
complete -c nlstat-exporter -l remotes -x -d 'number of remote addresses with series'
complete -c nlstat-exporter -l max-series -x -d 'maximum number of series'
complete -c nlstat-exporter -l version -d 'print the version'
complete -c nlstat-exporter -l help -d 'print the options'
