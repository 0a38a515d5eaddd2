<?php
// This file is part of the local_mentorship plugin's end-to-end tests.
//
// Makes the Russian language known to a Moodle that lacks its pack: only plugins that bring Russian speak it then.
//
// License: http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later.

define('CLI_SCRIPT', true);
require(getcwd() . '/config.php');

if (!get_string_manager()->translation_exists('ru', false)) {
    $folder = "{$CFG->langotherroot}/ru";
    check_dir_exists($folder);
    $strings = ['thislanguage' => 'Русский', 'thislanguageint' => 'Russian', 'parentlanguage' => 'en', 'locale' => 'ru_RU.UTF-8',
        'decsep' => ',', 'thousandssep' => ' ', 'listsep' => ';', 'iso6391' => 'ru', 'iso6392' => 'rus'];
    $lines = array_map(fn($name, $value) => "\$string['{$name}'] = '{$value}';", array_keys($strings), $strings);
    file_put_contents("{$folder}/langconfig.php", "<?php\n" . implode("\n", $lines) . "\n");
    purge_all_caches();
}
echo "ru\n";
