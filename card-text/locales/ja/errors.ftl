# `card_core::Error` のコードごとに、その順で: err- は何が起きたか、rec- は次に何をすればよいか。
# 後者はプログラムが自分のコマンドを使った文で置き換えられます。下は文に入る語。

err-application-missing = このカードには{ $application }がありません
rec-application-missing = マイナンバーカードを使ってください。ほかのカードや古いカードにはなく、マイナ免許証は一部のカードにだけあります。
err-card-malformed = カードのデータが壊れています: { $step }、{ $at }バイト目
rec-card-malformed = カードを置き直してもう一度試してください。直らなければ、このソフトの提供元に報告してください。
err-card-mute = リーダーの中のものが応答しません
rec-card-mute = カードの向きを確かめ、端子を拭くか、リーダーに平らに置いて、もう一度試してください。
err-card-none = リーダーにカードがありません
rec-card-none = カードを入れて、もう一度試してください。
err-card-power = カードの電源が切れました
rec-card-power = カードを取り出して入れ直し、もう一度試してください。非接触の場合はカードを動かさないでください。
err-card-refused = カードが拒否しました: { $step }（ステータス { $status }）
rec-card-refused = カードを取り出して入れ直し、もう一度試してください。直らなければ、このソフトの提供元に報告してください。
err-card-removed = カードが取り出されました
rec-card-removed = カードを入れ、そのままにして、もう一度試してください。{ perhaps-spent }
err-card-reset = ほかのプログラムがカードをリセットしました
rec-card-reset = もう一度試してください。続くようならほかのプログラムを終了してください。
err-card-several = 複数のリーダーにカードが入っています
rec-card-several = 使うリーダーを1つ選ぶか、カードを1枚だけ入れてください。
err-card-silent = カードの応答が失われました
rec-card-silent = カードを取り出して入れ直し、もう一度試してください。{ perhaps-spent }
err-certificate-absent = カードに{ $certificate }がありません
rec-certificate-absent = 発行されていないか、希望しなかったか、期限切れで消えています。市区町村の窓口で発行されます。
err-file-missing = カードにこのファイルがありません: { $step }
rec-file-missing = この種類のカードにはありません。
err-operation-cancelled = 中止しました
rec-operation-cancelled = { $presented ->
        [0] 暗証番号は送っていません。
       *[other] 暗証番号を送っていた場合も、カードの認証状態は解除済みです。
    }いつでもやり直せます。
err-pin-absent = このカードに{ $pin }はありません
rec-pin-absent = 暗証番号のない顔認証マイナンバーカードでは、パソコンでのログインも署名もできません。残り回数は減っていません。
err-pin-blocked = { $pin }はロックされています（閉塞）
rec-pin-blocked = 残り回数がありません。市区町村の窓口（マイナ免許証は警察）で再設定できます。ほかの暗証番号が使えれば、コンビニで再設定できる場合もあります。
err-pin-last-attempt = { $left ->
        [1] { $pin }は残り1回です。何も送っていません
       *[other] カードが{ $pin }の残り回数を答えないので、残り1回かもしれません。何も送っていません
    }
rec-pin-last-attempt = 確かなときだけ、そのことを示して続けてください。誤っていた場合、市区町村の窓口でしか元に戻せません。
err-pin-needed = 先に{ $pin }が必要です
rec-pin-needed = 求められたときに入力してください。
err-pin-not-set = { $pin }は設定されていないため、送信しませんでした
rec-pin-not-set = 暗証番号を指定せずに実行してください。設定のない免許証には「****」を送る決まりです。残り回数は減っていません。
err-pin-refused-before = この{ $pin }はカードに拒否されたばかりです。もう一度は送っていません
rec-pin-refused-before = 別の値を使ってください。
err-pin-shape = { $pin }の形式に合いません: { $shape }
rec-pin-shape = 何も送っておらず、残り回数は減っていません。ほかの暗証番号と取り違えていないか確かめてください。
err-pin-split = 住民基本台帳用暗証番号は{ $changed }では変更されましたが、{ $unchanged }では変更されていません（{ $cause }）
rec-pin-split = 2か所の暗証番号が食い違っています。両方の残り回数を確かめてください。市区町村の窓口で両方を再設定できます。
err-pin-wrong = { $pin }が違います。{ $left ->
        [unknown] カードは残り回数を答えません
        [1] 残り1回です
       *[other] 残り{ $left }回です
    }
rec-pin-wrong = ほかの暗証番号と取り違えていないか確かめてください。最後の1回を誤ると、市区町村の窓口でしか元に戻せません。
err-pinpad-cancelled = リーダーで{ $pin }の入力が取り消されました
rec-pinpad-cancelled = カードには何も送っておらず、残り回数は減っていません。
err-pinpad-length = リーダーで入力した{ $pin }の桁数が違います
rec-pinpad-length = カードには何も送っておらず、残り回数は減っていません。数字4桁を入力し、確定キーを押してください。
err-pinpad-none = リーダーに{ $pin }を入力できるテンキーがありません
rec-pinpad-none = パソコンで入力してください。
err-pinpad-not-repeated = リーダーで入力した新しい{ $pin }が2回で一致しません
rec-pinpad-not-repeated = 元の値のままです。最初からやり直してください。
err-pinpad-refused = リーダーのテンキーで{ $pin }を入力できません（{ $status }）
rec-pinpad-refused = カードに暗証番号は送っていません。パソコンで入力してください。
err-pinpad-timeout = 時間内にリーダーで{ $pin }が入力されませんでした
rec-pinpad-timeout = カードには何も送っておらず、残り回数は減っていません。やり直すか、パソコンで入力してください。
err-reader-ambiguous = この名前に合うリーダーが複数あります
rec-reader-ambiguous = 名前をもう少し長く指定するか、番号で指定してください。
err-reader-busy = ほかのプログラムがカードを使用中で、時間内に終わりませんでした
rec-reader-busy = ほかのプログラムを終了するか、もう少し待って、もう一度試してください。暗証番号は送っていません。
err-reader-failed = リーダーの異常です（PC/SC { $number }）
rec-reader-failed = リーダーを差し直して、もう一度試してください。
err-reader-gone = リーダーが外されました
rec-reader-gone = リーダーをつないで、もう一度試してください。{ perhaps-spent }
err-reader-none = リーダーがつながっていません
rec-reader-none = リーダーをつないで、もう一度試してください。
err-reader-unknown = この指定に合うリーダーがありません
rec-reader-unknown = つながっているリーダーから選んでください。
err-replay-mismatch = 記録では別のコマンドが続くはずです
rec-replay-mismatch = この記録は別のやりとりのものです。
err-secure-extended-length = カードまたはリーダーが、セキュアメッセージングに必要な長いコマンドに対応していません
rec-secure-extended-length = 別のリーダーを使うか、セキュアメッセージングなしで読み取ってください。
err-secure-lost = セキュアメッセージングのセッションが失われました。代わりに平文で読み取ることはしていません
rec-secure-lost = もう一度試してください。
err-service-none = スマートカードのサービスが動いていません
rec-service-none = Debian、Ubuntu: `sudo apt install pcscd && sudo systemctl start pcscd.socket`。
err-service-permission = スマートカードのサービスがこのユーザーを拒否しています
rec-service-permission = コンピューターに直接ログインするか、管理者に許可を求めてください（polkit: org.debian.pcsc-lite.access_pcsc）。コンテナなど polkit が動いていない環境では、`pcscd --disable-polkit` でサービスを起動してください。
err-signature-mismatch = 署名がカードの電子証明書と合いません。書き出していません
rec-signature-mismatch = カードを置き直してもう一度試してください。直らなければこのカードを使わず、報告してください。
err-signature-pss = このカードは、このハッシュ値のPSS署名を作れません
rec-signature-pss = PKCS #1 v1.5 の署名（RS256）を使うか、ハッシュ関数を SHA-256 にしてください。TLSではバージョン1.2を許可してください。

application-jpki = 公的個人認証AP
application-profile = 券面事項入力補助AP
application-visual = 券面事項確認AP
application-resident = 住基AP
application-common = 共通カードAP
application-licence = マイナ免許証
application-issuer-domain = 発行者ドメイン
application-other = その他のアプリケーション

certificate-authentication = 利用者証明用電子証明書
certificate-signature = 署名用電子証明書
certificate-authentication-ca = 利用者証明用電子証明書の認証局の証明書
certificate-signature-ca = 署名用電子証明書の認証局の証明書

pin-authentication = 利用者証明用電子証明書暗証番号（数字4桁）
pin-signature = 署名用電子証明書暗証番号（英数字6〜16文字）
pin-licence = マイナ免許証の暗証番号（数字4桁）
pin-profile = 券面事項入力補助用暗証番号（数字4桁）
pin-resident = 住民基本台帳用暗証番号（数字4桁）
pin-number-a = 照合番号A（12桁、個人番号）
pin-number-b = 照合番号B（14桁: 生年月日6桁＋有効期限の西暦4桁＋セキュリティコード4桁）
pin-birth = 生年月日6桁（券面の和暦で YYMMDD、例: 平成2年4月1日 → 020401）
pin-other = 暗証番号

shape-exactly = 半角数字{ $least }文字で入力してください
shape-length = 半角英数字{ $least }〜{ $most }文字で入力してください
shape-digits = 半角数字0〜9で入力してください
shape-letters-and-digits = 半角の英字A〜Zと数字で入力してください
shape-needs-letter-and-digit = 新しいものには英字と数字がそれぞれ1文字以上必要です
shape-check-digit = 最後の数字がほかの数字と合いません。どれかが違います
shape-date = 先頭は券面に書かれた生年月日（YYMMDD）です
shape-year = 生年月日の次はカードの有効期限の西暦年です
shape-other = 形式が違います

step-select-application = アプリケーションの選択
step-select-file = ファイルの選択
step-ask-attempts = 残り回数の問い合わせ
step-present-pin = 暗証番号の提示
step-change-pin = 暗証番号の変更
step-sign = 署名
step-token-information = トークン情報
step-certificates-present = 電子証明書の一覧
step-authentication-certificate = 利用者証明用電子証明書
step-authentication-ca-certificate = 利用者証明用電子証明書の認証局の証明書
step-signature-certificate = 署名用電子証明書
step-signature-ca-certificate = 署名用電子証明書の認証局の証明書
step-card-number = カード番号
step-data-object = データオブジェクト
step-key-reference = 鍵の参照情報
step-my-number = 個人番号
step-attributes = 基本4情報
step-signature-record = 個人番号と基本4情報の署名
step-profile-certificate = 券面事項入力補助APのCV証明書
step-profile-information = 券面事項入力補助APの基本情報
step-session-key = セッション鍵配送用の鍵
step-own-key = 券面事項入力補助APの内部認証用の鍵
step-age-record = 生年月日の記録
step-card-face = 券面
step-visual-information = 券面事項確認APの基本情報
step-visual-certificate = 券面事項確認APのCV証明書
step-number-picture = 個人番号の画像
step-licence-pin-state = マイナ免許証の暗証番号の設定
step-licence-record = 免許情報記録
step-licence-signature = マイナ免許証の電子署名
step-open-session = セキュアメッセージングの開始
step-other = その他の処理

reason-not-found = 見つかりません
reason-not-permitted = 権限がありません
reason-is-a-folder = フォルダーです
reason-is-no-folder = 途中にフォルダーでないものがあります
reason-full = 空きがありません
reason-read-only = 読み取り専用です
reason-too-large = このプログラムの上限を超えています
reason-not-text = 文字として読めません

# カードとの通信が途切れたときの案内の続き。presented は送った暗証番号の数。
perhaps-spent = { $presented ->
        [0] {""}
       *[other] 暗証番号の送信中だった場合は回数が減ったかもしれないので、先に残り回数を確かめてください。
    }
