<?php
// This file is part of Moodle - https://moodle.org/
//
// Moodle is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Moodle is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with Moodle.  If not, see <https://www.gnu.org/licenses/>.

namespace local_mentorship\local;

/**
 * Calls the sidecar.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class sidecar_client {
    /** @var callable (method, url, headers, body, seconds) => answer */
    private $transport;

    /** @var int seconds that an answer may take */
    private int $patience = 60;

    /**
     * A client.
     *
     * @param callable|null $transport what carries a request; Moodle's curl when null
     */
    public function __construct(?callable $transport = null) {
        $this->transport = $transport ?? [self::class, 'curl'];
    }

    /**
     * The same client with another patience.
     *
     * @param int $seconds that an answer may take
     * @return self
     */
    public function patient(int $seconds): self {
        $client = clone $this;
        $client->patience = $seconds;
        return $client;
    }

    /**
     * Asks for a public document.
     *
     * @param string $url
     * @return answer
     */
    public function get(string $url): answer {
        return ($this->transport)('GET', $url, ['Accept' => 'application/json'], '', $this->patience);
    }

    /**
     * Sends a signed message.
     *
     * @param string $url
     * @param array $message
     * @param string $delivery a UUID; a retry of the same message keeps it
     * @param string[] $extra more headers
     * @return answer
     */
    public function post(string $url, array $message, string $delivery, array $extra = []): answer {
        $body = json_encode($message, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR);
        $headers = [
            'Content-Type' => 'application/json',
            'Accept' => 'application/json, application/problem+json',
        ];
        $headers += signature::headers(connection::secret(), $body, $delivery, time()) + $extra;
        return ($this->transport)('POST', $url, $headers, $body, $this->patience);
    }

    /**
     * Carries a request with Moodle's curl.
     *
     * @param string $method
     * @param string $url
     * @param string[] $headers
     * @param string $body
     * @param int $seconds
     * @return answer
     */
    private static function curl(string $method, string $url, array $headers, string $body, int $seconds): answer {
        global $CFG;
        require_once($CFG->libdir . '/filelib.php');

        // The block list guards addresses that users write. This one an administrator chose for the whole site; what the
        // list does to the LTI tool is checked, and told, in a step of the connection.
        $curl = new \curl(['ignoresecurity' => true]);
        foreach ($headers as $name => $value) {
            $curl->setHeader("{$name}: {$value}");
        }
        $options = [
            'CURLOPT_TIMEOUT' => $seconds,
            'CURLOPT_CONNECTTIMEOUT' => min(10, $seconds),
            // A signed message, and the token in it, go to the address that was asked for and to no other.
            'CURLOPT_FOLLOWLOCATION' => false,
            // Moodle's curl looks at no certificate unless it is told to.
            'CURLOPT_SSL_VERIFYPEER' => true,
            'CURLOPT_SSL_VERIFYHOST' => 2,
        ];
        $response = $method === 'GET' ? $curl->get($url, [], $options) : $curl->post($url, $body, $options);
        if ($curl->get_errno()) {
            return new answer(0, '', (string) $curl->error);
        }
        return new answer((int) ($curl->get_info()['http_code'] ?? 0), (string) $response);
    }
}
