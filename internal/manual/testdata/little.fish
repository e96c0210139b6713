# fish completion for little, made by "little completion fish"

function __little_at
	set -l words (commandline -opc)
	test (count $words) -ge 2; and test "$words[2]" = "$argv[1]"; or return 1
	set -l place 1
	set -l skip 0
	for word in $words[3..-1]
		if test $skip = 1
			set skip 0
		else if contains -- $word $argv[3..-1]
			set skip 1
		else if not string match -q -- '-*' $word
			set place (math $place + 1)
		end
	end
	test $skip = 0; or return 1
	if string match -q -- '*+' $argv[2]
		test $place -ge (string trim -c + $argv[2])
	else
		test $place = $argv[2]
	end
end

complete -c little -f
complete -c little -n __fish_use_subcommand -a show -d 'show it\'s [all]: a \\ and \'quotes\''
complete -c little -n __fish_use_subcommand -a do-it -d 'do it'
complete -c little -n __fish_use_subcommand -a help -d 'list the commands, or tell of one'
complete -c little -n '__little_at help 1' -a 'show do-it'
complete -c little -n '__fish_seen_subcommand_from show' -o all -d 'show [all]: it\'s 50%'
complete -c little -n '__fish_seen_subcommand_from show' -o json -d 'print JSON'
complete -c little -n '__fish_seen_subcommand_from show' -o x -d 'with this FILE' -r -F
complete -c little -n '__little_at show 1 -x' -a '(__little_settings)'
complete -c little -n '__little_at show 2 -x' -a '(__fish_complete_directories)'
complete -c little -n '__fish_seen_subcommand_from do-it' -o state -d 'the folder that is written, in place of DIR' -r -a 'old new (__fish_complete_directories)' -f
complete -c little -n '__little_at do-it 1 -state' -a 'now later'
complete -c little -n '__little_at do-it 2+ -state' -a '(__fish_complete_directories)'

function __little_settings
	printf '%s\n' SMTPMaxSessions SMTPTimeout
end
