# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Completion of sipisctl for fish.

# The words before the cursor that are neither options nor their values; with --root, the root.
function __sipisctl_words --argument-names what
    set -l words (commandline -opc)
    set -l ended
    set -l pending
    set -l root
    set -l plain
    for word in $words[2..-1]
        if test -n "$pending"
            test "$pending" = --root; and set root $word
            set pending
        else if test -n "$ended"; or not string match -q -- '-?*' $word
            set -a plain $word
        else
            switch $word
                case --
                    set ended yes
                case --root --color --output --app-id --server-port-step --http-port-step --max-imbalance -o \
                        --timeout --host --machine -H -M
                    set pending $word
                case '--root=*'
                    set root (string replace -- --root= '' $word)
            end
        end
    end
    switch "$what"
        case --root
            string replace -r -- '^~/' "$HOME/" $root
        case --ended
            test -n "$ended"
        case '*'
            string join \n -- $plain
    end
end

function __sipisctl_no_command
    test -z (__sipisctl_words)[1]
end

# Is it one of these commands, or none yet?
function __sipisctl_may_be
    set -l words (__sipisctl_words)
    test -z "$words[1]"; or contains -- $words[1] $argv
end

function __sipisctl_is
    set -l words (__sipisctl_words)
    test "$words[1]" = $argv[1]
end

# --undo and --resume stand alone.
function __sipisctl_may_split
    __sipisctl_may_be split; and not __fish_contains_opt undo resume
end

# The instances there are, below the root that was given.
function __sipisctl_instances
    set -l in_root
    set -l root (__sipisctl_words --root)
    test -n "$root"; and set in_root --root=$root
    set -l words (__sipisctl_words)
    for instance in (sipisctl $in_root list --noheadings --raw -o INSTANCE 2>/dev/null)
        contains -- $instance $words[2..-1]; and continue
        # without -- it would be an option
        string match -q -- '-*' $instance; and not __sipisctl_words --ended; and continue
        echo $instance
    end
end

# COLUMN,...: those that are not there yet.
function __sipisctl_columns
    set -l typed (string replace -r -- '^(--output=|-o)' '' "$(commandline -ct)")
    set -l before (string match -r -- "^.*,|^" "$typed")
    set -l columns INSTANCE NAME PORT HTTP REALM PREFIXES SHARE STATE SETTINGS
    __sipisctl_is status; and set -a columns ACTIVE PID MEMORY SINCE LISTENING RESTARTS REASON HOST
    if __sipisctl_is route
        if contains -- --count (commandline -opc)
            set columns INSTANCE NAME ACCOUNTS SHARE
        else
            set columns SELECTOR INSTANCE NAME PREFIX
        end
    end
    for column in $columns
        contains -- $column (string split , -- (string upper -- "$before")); or echo $before$column
    end
end

# Containers, where there is something that knows them.
function __sipisctl_machines
    machinectl list --no-legend --no-pager 2>/dev/null | string replace -r -- ' .*' ''
end

complete -c sipisctl -f
complete -c sipisctl -n __sipisctl_no_command -a check -d 'Say what is wrong'
complete -c sipisctl -n __sipisctl_no_command -a list -d 'List the instances'
complete -c sipisctl -n __sipisctl_no_command -a map -d 'Draw who takes which selectors'
complete -c sipisctl -n __sipisctl_no_command -a route -d 'Say who serves a selector'
complete -c sipisctl -n __sipisctl_no_command -a split -d 'Make it N instances'
complete -c sipisctl -n __sipisctl_no_command -a apply -d 'Let it run as it is set up, and prove that it serves'
complete -c sipisctl -n __sipisctl_no_command -a status -d 'Show what runs'
complete -c sipisctl -n '__sipisctl_is check' -a '(__sipisctl_instances)' -d Instance

complete -c sipisctl -l root -x -a '(__fish_complete_directories)' -d 'Read everything below a directory'
complete -c sipisctl -l color -x -a 'auto always never' -d 'Use colours'
complete -c sipisctl -n 'not __sipisctl_is split; and not __sipisctl_is apply' -l json -d 'JSON instead of text'
complete -c sipisctl -s h -l help -d 'Show a short help'
complete -c sipisctl -l version -d 'Show the version'

complete -c sipisctl -n '__sipisctl_may_be check' -l strict -d 'Warnings count as errors'
complete -c sipisctl -n '__sipisctl_may_be check' -l refused -d 'Explain to systemd why an instance does not start'
complete -c sipisctl -n '__sipisctl_may_be list route status' -s o -l output -x -a '(__sipisctl_columns)' -d 'Choose columns and their order'
complete -c sipisctl -n '__sipisctl_may_be list route status' -l noheadings -d 'No heading'
complete -c sipisctl -n '__sipisctl_may_be list route status' -l raw -d 'No alignment, for scripts'
complete -c sipisctl -n '__sipisctl_may_be map' -l svg -d 'A picture for a browser'
complete -c sipisctl -n '__sipisctl_may_be route' -l app-id -x -d 'The id of the app'
complete -c sipisctl -n '__sipisctl_may_be route' -l count -d 'How many of them each instance serves'
complete -c sipisctl -n '__sipisctl_may_split; or __sipisctl_may_be apply' -l dry-run -d 'Only say what would be done; of split, with passwords'
complete -c sipisctl -n __sipisctl_may_split -l yes -d 'Do not ask'
complete -c sipisctl -n __sipisctl_may_split -l server-port-step -x -d 'From one Server port to the next'
complete -c sipisctl -n __sipisctl_may_split -l http-port-step -x -d 'From one HTTP port to the next'
complete -c sipisctl -n __sipisctl_may_split -l max-imbalance -x -d 'How much larger the largest share may be'
complete -c sipisctl -n __sipisctl_may_split -l undo -d 'Take back the last split'
complete -c sipisctl -n __sipisctl_may_split -l resume -d 'Finish one that was interrupted'
complete -c sipisctl -n '__sipisctl_may_be apply' -l force -d 'Go on although there are errors'
complete -c sipisctl -n '__sipisctl_may_be apply' -l no-stop -d 'Stop nothing: what runs keeps its settings'
complete -c sipisctl -n '__sipisctl_may_be apply' -l rolling -d 'Restart only those whose settings changed, one after the other'
complete -c sipisctl -n '__sipisctl_may_be apply' -l timeout -x -d 'How long each step may take'
complete -c sipisctl -n '__sipisctl_may_be status' -l watch -d 'Show it anew whenever something changes'
complete -c sipisctl -n '__sipisctl_may_be status' -s H -l host -x -a '(__fish_complete_user_at_hosts)' -d 'Of another machine'
complete -c sipisctl -n '__sipisctl_may_be status' -s M -l machine -x -a '(__sipisctl_machines)' -d 'Of a container'
