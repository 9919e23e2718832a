// What the published Go library makes of the messages in vectors.json.
//
//	go mod init vectors && go get github.com/standard-webhooks/standard-webhooks/libraries@v0.0.1
//	go run vectors.go sign   < vectors.json     the library's signature of each message
//	go run vectors.go verify < signed.json      "verified" for each signed request, or the library's error
//
// A signed request is {"secret", "headers", "body"}, as webhooks/signature.ts makes headers at this moment.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

type message struct {
	Secret    string            `json:"secret"`
	WebhookID string            `json:"webhookId"`
	Timestamp int64             `json:"timestamp"`
	Body      string            `json:"body"`
	Headers   map[string]string `json:"headers"`
}

func main() {
	var messages []message
	must(json.NewDecoder(os.Stdin).Decode(&messages))
	for _, each := range messages {
		webhook, err := standardwebhooks.NewWebhook(each.Secret)
		must(err)
		if os.Args[1] == "sign" {
			signature, err := webhook.Sign(each.WebhookID, time.Unix(each.Timestamp, 0), []byte(each.Body))
			must(err)
			fmt.Println(signature)
			continue
		}
		headers := http.Header{}
		for name, value := range each.Headers {
			headers.Set(name, value)
		}
		must(webhook.Verify([]byte(each.Body), headers))
		fmt.Println("verified")
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
